import { execFile } from "node:child_process"
import { cp, mkdir, readFile, rm, symlink } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { parseEnv, promisify } from "node:util"
import { pathOf } from "../testing/programs.ts"
import type { Containers } from "./containers.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "../..")

export type Architecture = "amd64" | "arm64"

/** The name of the base image in the FROM lines of the Dockerfile. */
export async function baseName(): Promise<string> {
  const names = (await readFile(join(root, "deploy/Dockerfile"), "utf8")).matchAll(/^FROM (?:--\S+ )?(\S+)/gm)
  const [name, ...others] = new Set([...names].map(([, each = ""]) => each))
  if (name === undefined || others.length > 0) throw new Error("deploy/Dockerfile has not one base, as it is made here")
  return name
}

/** Makes a base image of Debian with npm's Node, without an image registry. @returns the image */
export async function makeBase(containers: Containers, architecture: Architecture): Promise<string> {
  const files = join(containers.folder, `base-${architecture}`)
  const debian = `${files}.tar`
  await run(pathOf("mmdebstrap"), [...debianFor(architecture), await release(), debian], { timeout: 300_000 })
  const local = join(files, "usr/local")
  await mkdir(join(local, "lib/node_modules"), { recursive: true })
  await cp(join(await nodeFolder(containers, architecture), "bin"), join(local, "bin"), { recursive: true })
  await cp(npmFolder(), join(local, "lib/node_modules/npm"), { recursive: true })
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"))
  const container = await containers.buildah(["from", "--arch", architecture, "scratch"])
  await containers.buildah(["add", "--quiet", container, debian, "/"])
  await containers.buildah(["add", "--quiet", container, files, "/"])
  await containers.buildah(["config", "--arch", architecture, "--os", "linux", container])
  const image = await containers.buildah(["commit", "--quiet", "--rm", container])
  await rm(debian)
  await rm(files, { recursive: true })
  return image
}

function debianFor(architecture: Architecture): string[] {
  const common = ["--quiet", `--architectures=${architecture}`]
  if (architecture === debianName(process.arch)) return [...common, "--variant=essential", "--include=libstdc++6"]
  // Only unpacked: to configure the packages by emulation would take minutes.
  return [...common, "--variant=extract", "--include=base-files,coreutils,dash,libc6,libgcc-s1,libstdc++6"]
}

/** The Debian release of this machine, because its packages are available here. */
async function release(): Promise<string> {
  const { VERSION_CODENAME } = parseEnv(await readFile("/etc/os-release", "utf8"))
  return VERSION_CODENAME ?? "stable"
}

/** The name of an architecture in Debian and in images; Node calls amd64 x64. */
export function debianName(arch: string): string {
  return arch === "x64" ? "amd64" : arch
}

async function nodeFolder(containers: Containers, architecture: Architecture): Promise<string> {
  const name = `node-linux-${architecture === "amd64" ? "x64" : architecture}`
  if (architecture === debianName(process.arch)) return join(root, "node_modules", name)
  // `npm ci` installs only the Node of this machine.
  const { optionalDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly optionalDependencies: Readonly<Record<string, string>>
  }
  const target = join(containers.folder, "node")
  await mkdir(target)
  const packing = ["pack", "--silent", "--pack-destination", target, `${name}@${optionalDependencies[name]}`]
  const { stdout } = await run("npm", packing, { timeout: 120_000 })
  await run("tar", ["-xzf", join(target, stdout.trim()), "-C", target])
  return join(target, "package")
}

/** The folder of the npm that runs this, because npm's Node package contains no npm. */
function npmFolder(): string {
  const path = process.env["npm_execpath"]
  if (path === undefined) throw new Error("no npm: run it by `npm run image`")
  return dirname(dirname(path))
}
