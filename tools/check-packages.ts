// Packs every package as it would be published, lays them out as an installation would, and uses them from there:
// every entry is imported, the command is run, and the metadata is examined. Needs `npm run build` first.
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "..")
const bin = (name: string): string => join(root, "node_modules", ".bin", name)

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
}

/** Installs the packed packages below a fresh folder and answers its path; the caller removes it. */
export async function installPacked(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "wecom-push-packed-"))
  const modules = join(home, "node_modules")
  await mkdir(modules)
  for (const entry of await readdir(join(root, "node_modules"))) {
    if (!entry.startsWith(".") && entry !== "@wecom-push" && entry !== "wecom-push") {
      await symlink(join(root, "node_modules", entry), join(modules, entry))
    }
  }
  for (const folder of await packageFolders()) {
    const { name } = await manifestOf(folder)
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", home], { cwd: folder })
    const [packed] = JSON.parse(stdout) as [{ filename: string }]
    const target = join(modules, name)
    await mkdir(target, { recursive: true })
    await run("tar", ["-xzf", join(home, packed.filename), "-C", target, "--strip-components=1"])
  }
  return home
}

/** Of those that are published. */
async function packageFolders(): Promise<string[]> {
  const { workspaces } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { workspaces: string[] }
  const folders = workspaces.map((workspace) => join(root, workspace))
  const manifests = await Promise.all(folders.map(manifestOf))
  return folders.filter((_, index) => manifests[index]?.private !== true)
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest
}

if (import.meta.main) {
  const home = await installPacked()
  try {
    for (const folder of await packageFolders()) {
      const { name, exports } = await manifestOf(folder)
      await run(bin("publint"), ["--strict", folder])
      if ("." in exports) await run(bin("attw"), ["--profile", "esm-only", "--pack", folder])
      for (const entry of Object.keys(exports)) {
        if (entry.endsWith(".json")) continue
        const specifier = name + entry.slice(1)
        await run(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(specifier)})`], {
          cwd: home,
        })
        console.log(`imported ${specifier}`)
      }
    }
    const command = join(home, "node_modules", "wecom-push", "bin", "wecom-push.js")
    const { stdout } = await run(process.execPath, [command, "--version"], { cwd: home })
    console.log(`the packed command answers ${stdout.trim()}`)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
