import { execFile } from "node:child_process"
import { rmSync } from "node:fs"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join, resolve } from "node:path"
import { promisify } from "node:util"
import { pathOf } from "../testing/programs.ts"

/** A folder and an environment that stand for a machine on which the project never ran. */
export interface Machine extends AsyncDisposable {
  readonly folder: string
  /** The environment of everything that runs on it. */
  readonly env: Readonly<Record<string, string>>
  /** A clone of what is committed. */
  readonly checkout: string
}

const root = resolve(import.meta.dirname, "../..")

export async function freshMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), "first-use-"))
  // Empty folders, as for a new user, which hide those of this machine.
  const own = {
    HOME: "home",
    TMPDIR: "tmp",
    XDG_CACHE_HOME: "cache",
    XDG_CONFIG_HOME: "config",
    XDG_DATA_HOME: "data",
    XDG_STATE_HOME: "state",
    npm_config_cache: "npm",
  }
  const folders = Object.entries(own).map(([name, path]): [string, string] => [name, join(folder, path)])
  for (const [, path] of folders) await mkdir(path)
  const env = { ...ofThisMachine(), ...Object.fromEntries(folders), npm_config_registry: await registry() }
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    env,
    checkout: join(folder, "wecom-push"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** Clones with this machine's own git settings, which git may need to trust another user's folder. */
export async function clone({ checkout }: Machine): Promise<void> {
  await git("clone", "--quiet", root, checkout)
}

/** Describes the commit that is tested, and whether there are changes that are not committed. */
export async function tellCommit(): Promise<string> {
  const commit = await git("log", "-1", "--format=%h %s")
  return `commit ${commit}${(await isAllCommitted()) ? "" : "\nwhat is not committed is not in it"}`
}

/** Whether the clone has what this checkout has. */
export async function isAllCommitted(): Promise<boolean> {
  return (await git("status", "--porcelain")) === ""
}

async function git(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(pathOf("git"), args, { cwd: root })).stdout.trim()
}

/** The variables of this machine that the new one needs: for programs, and for the connection to the registry. */
function ofThisMachine(): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value !== undefined && KEPT.test(name) ? [[name, value]] : [],
  )
  // npm puts the checkout's own programs first, but they are not in a newcomer's PATH.
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"))
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), LANG: "C.UTF-8" }
}

const KEPT = /^(?:TERM|USER|LOGNAME|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS|(?:https?|no)_proxy)$/i

/** The registry of this machine: many machines name a mirror in their npmrc, which an empty HOME hides. */
async function registry(): Promise<string> {
  const { stdout } = await promisify(execFile)("npm", ["config", "get", "registry"], { cwd: root })
  return stdout.trim()
}
