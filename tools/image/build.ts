import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import type { Architecture } from "./base.ts"
import type { Containers } from "./containers.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "../..")

/** Builds deploy/Dockerfile unchanged. @returns the image */
export function buildImage(containers: Containers, architecture: Architecture): Promise<string> {
  return build(containers, architecture, [])
}

/**
 * Builds only the second stage, for another architecture than that of the image `built`. The result of the first stage is taken
 * from `built`: it is the same for each architecture, and takes many minutes by emulation.
 */
export async function buildOnto(containers: Containers, architecture: Architecture, built: string): Promise<string> {
  const container = await containers.buildah(["from", "--pull=never", built])
  const files = await containers.buildah(["mount", container])
  return build(containers, architecture, ["--build-context", `build=${files}`])
}

async function build(containers: Containers, architecture: Architecture, more: readonly string[]): Promise<string> {
  const tag = `wecom-push:${architecture}`
  // Built as root, as Docker does, which needs no namespaces. The build connects only to the package registry.
  const how = ["--isolation", "chroot", "--network", "host", "--pull=never", "--format", "docker"]
  const what = ["--platform", `linux/${architecture}`, "--file", "deploy/Dockerfile", "--tag", tag, root]
  await containers.buildah(["build", ...how, ...more, ...(await npmSettings(containers)), ...what], 600)
  return tag
}

/** @returns the size in bytes */
export async function sizeOf(containers: Containers, image: string): Promise<number> {
  const [found] = JSON.parse(await containers.podman(["image", "inspect", image])) as [{ readonly Size: number }]
  return found.Size
}

/**
 * Gives the build npm's registry, certificates, user settings and cache of this machine. Nothing of them stays in the image.
 */
async function npmSettings({ folder }: Containers): Promise<string[]> {
  const [registry, cafile, userconfig, cache] = await Promise.all(
    ["registry", "cafile", "userconfig", "cache"].map(async (name) => {
      const { stdout } = await run("npm", ["config", "get", name], { cwd: root })
      return stdout.trim()
    }),
  )
  const certificates = [cafile, process.env["NODE_EXTRA_CA_CERTS"]].find(isThere)
  const settings = [`registry=${registry}`, ...(certificates === undefined ? [] : [`cafile=${CERTIFICATES}`])]
  const file = join(folder, "npmrc")
  await writeFile(file, `${settings.join("\n")}\n`)
  const places = [
    [file, "/usr/local/etc/npmrc:ro"],
    [certificates, `${CERTIFICATES}:ro`],
    [userconfig, "/root/.npmrc:ro"],
    // Changes to the cache in the container are discarded.
    [cache, "/root/.npm:O"],
  ]
  return places.flatMap(([path, place]) => (isThere(path) ? ["--volume", `${path}:${place}`] : []))
}

const CERTIFICATES = "/usr/local/etc/npm-certificates.pem"

function isThere(path: string | undefined): path is string {
  return path !== undefined && existsSync(path)
}
