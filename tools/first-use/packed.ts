import { mkdir, symlink, writeFile } from "node:fs/promises"
import { delimiter, join, relative, resolve } from "node:path"
import { packageFolders, packCommand } from "../packed-command.ts"
import { isAllCommitted } from "./machine.ts"
import type { Machine } from "./machine.ts"
import type { Processes, Where } from "./processes.ts"

const root = resolve(import.meta.dirname, "../..")

/**
 * Packs the published packages of the commit. If this checkout has no other changes, the existing tarballs are the same, which
 * saves a build.
 * @returns the folder with the tarballs
 */
export async function pack(machine: Machine, processes: Processes): Promise<string> {
  const { checkout, folder, env } = machine
  const tarballs = join(folder, "tarballs")
  if (await isAllCommitted()) {
    await using packed = await packCommand()
    await packed.writeTarballs(tarballs)
    return tarballs
  }
  await mkdir(tarballs)
  await processes.run("npm run build", { cwd: checkout, env })
  for (const published of await packageFolders()) {
    const cwd = join(checkout, relative(root, published))
    await processes.run(`npm pack --pack-destination '${tarballs}'`, { cwd, env })
  }
  return tarballs
}

/** Installs the packages in an empty folder. @returns that folder, with the Node of the folder `node` in `PATH` */
export async function installPacked(
  { machine, tarballs, node, name }: { machine: Machine; tarballs: string; node: string; name: string },
  processes: Processes,
): Promise<Where> {
  const cwd = join(machine.folder, name)
  await mkdir(cwd)
  await writeFile(join(cwd, "package.json"), JSON.stringify({ private: true, type: "module" }))
  const where = { cwd, env: { ...machine.env, PATH: `${node}${delimiter}${machine.env["PATH"] ?? ""}` } }
  // The libraries come from npm's cache after the first installation, so the registry is not asked again.
  await processes.run(`npm install --no-audit --no-fund --prefer-offline '${tarballs}'/*.tgz`, where)
  return where
}

/** A folder that holds the Node of the checkout and nothing else. */
export function pinnedNode({ checkout, folder }: Machine): Promise<string> {
  return folderWithNode(folder, "pinned-node", join(checkout, "node_modules", nodePackage()))
}

/** A folder that holds the newest Node and nothing else. */
export async function newestNode({ folder, env }: Machine, processes: Processes): Promise<string> {
  const cwd = join(folder, "newest-node-package")
  await mkdir(cwd)
  await processes.run(`npm install --no-audit --no-fund --no-save --prefix . ${nodePackage()}@latest`, { cwd, env })
  return folderWithNode(folder, "newest-node", join(cwd, "node_modules", nodePackage()))
}

async function folderWithNode(parent: string, name: string, nodePackageFolder: string): Promise<string> {
  const folder = join(parent, name)
  await mkdir(folder)
  await symlink(join(nodePackageFolder, "bin", "node"), join(folder, "node"))
  return folder
}

function nodePackage(): string {
  return `node-${process.platform}-${process.arch}`
}
