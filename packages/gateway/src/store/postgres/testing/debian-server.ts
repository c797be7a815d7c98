import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { openTmpdir } from "../../../../../../tools/testing/open-tmpdir.ts"
import { pathOf, without } from "../../../../../../tools/testing/programs.ts"

/** Why there can be no drill here, for `skip`. */
export const noTools = without("postgresql")

export interface DebianServer extends AsyncDisposable {
  urlOf(database: string): string
  /** Runs one of the tools with the server's address. @returns its output */
  tool(name: string, ...parameters: readonly string[]): string
}

/** A server of the same installation as the tools. */
export async function startDebianServer(): Promise<DebianServer> {
  const bin = dirname(pathOf("postgresql"))
  const folder = mkdtempSync(join(openTmpdir(), "wecom-push-debian-"))
  chmodSync(folder, 0o755)
  // It refuses to run as root.
  const [uid, gid] = process.getuid?.() === 0 ? [65_534, 65_534] : []
  const owner = uid === undefined ? {} : { uid, gid }
  const data = join(folder, "data")
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  const initdb = ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
  const made = spawnSync(join(bin, "initdb"), initdb, { ...owner, encoding: "utf8", cwd: folder })
  if (made.status !== 0) throw new Error(made.stderr)
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "full_page_writes=off"]
  const server = spawn(join(bin, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...owner,
    stdio: "ignore",
    cwd: folder,
  })
  const ended = once(server, "exit")
  const tool = (name: string, ...parameters: readonly string[]): string => {
    const reached = ["--host", folder, "--username", "postgres", ...parameters]
    const { status, stdout, stderr } = spawnSync(join(bin, name), reached, { encoding: "utf8" })
    if (status !== 0) throw new Error(`${name}: ${stderr}`)
    return stdout
  }
  while (spawnSync(join(bin, "pg_isready"), ["--host", folder]).status !== 0) {
    if (server.exitCode !== null) throw new Error("PostgreSQL does not start")
    await sleep(50)
  }
  return {
    urlOf: (database) => `postgres://postgres@/${database}?host=${encodeURIComponent(folder)}`,
    tool,
    async [Symbol.asyncDispose]() {
      server.kill("SIGQUIT")
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
