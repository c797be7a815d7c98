// The command as users get it: packed by `npm pack` and installed, so that tests with it test the published packages.
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { copyFileSync, linkSync, mkdirSync } from "node:fs"
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { pathOf } from "./testing/programs.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "..")
const cache = join(root, "node_modules", ".cache", "wecom-push-packed")

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
}

/** An installation in a folder of its own, which is deleted on disposal. */
export interface PackedCommand extends AsyncDisposable {
  /** Where the installation is, with `node_modules` in it. */
  readonly home: string
  /** The launcher, for `node COMMAND serve`. */
  readonly command: string
  /** The file that is copied to machines that have only Node; its map is in the same folder. */
  readonly singleFile: string
  readonly version: string
  /** The commit of the sources, and whether they have been changed since. */
  readonly commit: string
  /** Describes this command in one line, for the first line of a run's output. */
  describe(): string
  /** Writes the tarball of each package to a new folder. @returns the files by the names of the packages */
  writeTarballs(folder: string): Promise<ReadonlyMap<string, string>>
}

/** Builds and packs if the sources have changed since the last time, and installs. Simultaneous callers wait for the first. */
export async function packCommand(): Promise<PackedCommand> {
  const { home, packages } = await install()
  const { version } = await manifestOf(join(home, "node_modules", "wecom-push"))
  const commit = await describeCommit()
  return {
    home,
    command: join(home, "node_modules", "wecom-push", "bin", "wecom-push.js"),
    singleFile: join(home, SINGLE_FILE),
    version,
    commit,
    describe: () =>
      `gateway: wecom-push ${version}, packed, \`wecom-push serve\`, Node ${process.versions.node}, commit ${commit}`,
    async writeTarballs(folder) {
      await mkdir(folder)
      const files = packages.map(async ({ name, tarball }) => {
        const file = join(folder, `${fileNameOf(name)}.tgz`)
        await writeFile(file, tarball)
        return [name, file] as const
      })
      return new Map(await Promise.all(files))
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  }
}

/** The folders of the published packages. */
export async function packageFolders(): Promise<string[]> {
  const { workspaces } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { workspaces: string[] }
  const folders = workspaces.map((workspace) => join(root, workspace))
  const manifests = await Promise.all(folders.map(manifestOf))
  return folders.filter((_, index) => manifests[index]?.private !== true)
}

export async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest
}

/** An installation, and the tarballs of which it was made. */
interface Installed {
  readonly home: string
  readonly packages: readonly { readonly name: string; readonly tarball: Buffer }[]
}

const SINGLE_FILE = "wecom-push.mjs"
const SINGLE_FILES = [SINGLE_FILE, `${SINGLE_FILE}.map`]
/** The folder of the packages as npm unpacks them. */
const UNPACKED = "unpacked"

/** Installs while no other process can clear the folder in order to pack newer sources. */
async function install(): Promise<Installed> {
  await mkdir(cache, { recursive: true })
  await using _turn = await turnAt(join(cache, "lock"))
  const folder = join(cache, await stampOfSources())
  if (!(await exists(folder))) await pack(folder)
  const names = await Promise.all((await packageFolders()).map(async (one) => (await manifestOf(one)).name))
  const packages = names.map(async (name) => ({
    name,
    tarball: await readFile(join(folder, `${fileNameOf(name)}.tgz`)),
  }))
  return { home: await layOut(folder), packages: await Promise.all(packages) }
}

async function pack(to: string): Promise<void> {
  await run("npm", ["run", "build"], { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  for (const entry of await readdir(cache)) {
    if (entry !== "lock") await rm(join(cache, entry), { recursive: true, force: true })
  }
  const making = join(cache, "making")
  await mkdir(making)
  const manifests = await Promise.all((await packageFolders()).map(manifestOf))
  // One npm packs all, because it takes longer to load than to pack.
  const wanted = manifests.flatMap(({ name }) => ["--workspace", name])
  await run("npm", ["pack", "--silent", "--pack-destination", making, ...wanted], { cwd: root })
  for (const { name, version } of manifests) {
    await rename(join(making, `${fileNameOf(name)}-${version}.tgz`), join(making, `${fileNameOf(name)}.tgz`))
  }
  for (const { name } of manifests) {
    const target = join(making, UNPACKED, "node_modules", name)
    await mkdir(target, { recursive: true })
    await run("tar", ["-xzf", join(making, `${fileNameOf(name)}.tgz`), "-C", target, "--strip-components=1"])
  }
  const built = join(root, "packages/cli/build/single-file")
  for (const file of SINGLE_FILES) await copyFile(join(built, file), join(making, UNPACKED, file))
  await rename(making, to)
}

function fileNameOf(name: string): string {
  return name.replace("@", "").replace("/", "-")
}

/**
 * Lays out an installation in a folder of its own. Libraries from the registry are symbolic links, since they are as they would
 * be installed. The thousands of files of the packages are hard links if possible, because to unpack them takes a second.
 */
async function layOut(packed: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "wecom-push-packed-"))
  const unpacked = join(packed, UNPACKED)
  for (const entry of await readdir(unpacked, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name)
    const to = join(home, relative(unpacked, from))
    if (entry.isDirectory()) mkdirSync(to, { recursive: true })
    else linkOrCopy(from, to)
  }
  const modules = join(home, "node_modules")
  for (const entry of await readdir(join(root, "node_modules"))) {
    if (!entry.startsWith(".") && entry !== "@wecom-push" && entry !== "wecom-push") {
      await symlink(join(root, "node_modules", entry), join(modules, entry))
    }
  }
  return home
}

/** Copies where a link is not possible, because the folder for temporary files may be on another disk. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** A hash that changes with every file that goes into a build. */
async function stampOfSources(): Promise<string> {
  const stamp = createHash("sha256").update(process.versions.node)
  const entries = await readdir(join(root, "packages"), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && !MADE.test(join(entry.parentPath, entry.name).slice(root.length)))
    .map((entry) => join(entry.parentPath, entry.name))
  const others = [
    "package.json",
    "package-lock.json",
    "tsconfig.base.json",
    "tsconfig.build.json",
    "tools/bundle-notices.js",
    "tools/packed-command.ts",
    "tools/read-source-maps.js",
    "tools/take-builtins-directly.js",
    "tools/write-api-page.ts",
  ]
  for (const file of [...files.toSorted(), ...others.map((other) => join(root, other))]) {
    const { size, mtimeMs } = await stat(file)
    stamp.update(`${file.slice(root.length)} ${size} ${mtimeMs}\n`)
  }
  return stamp.digest("hex").slice(0, 24)
}

/** Files below `packages` that a build makes or that runs leave. */
const MADE = /^\/packages\/[^/]+\/(?:dist|build|node_modules)\/|\.tsbuildinfo$|\.db/

/** Waits for SQLite's lock on a file; the system releases it when its owner ends. */
async function turnAt(file: string): Promise<AsyncDisposable> {
  const db = new DatabaseSync(file)
  for (;;) {
    try {
      db.exec("begin exclusive")
      return {
        [Symbol.asyncDispose]: () => {
          db.close()
          return Promise.resolve()
        },
      }
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("locked"))) throw error
      await sleep(100)
    }
  }
}

async function describeCommit(): Promise<string> {
  try {
    const { stdout: commit } = await run(pathOf("git"), ["rev-parse", "--short", "HEAD"], { cwd: root })
    const { stdout: changes } = await run(pathOf("git"), ["status", "--porcelain"], { cwd: root })
    return changes === "" ? commit.trim() : `${commit.trim()} with changes`
  } catch {
    // git is not installed, or the sources have no `.git` folder.
    return "unknown"
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
