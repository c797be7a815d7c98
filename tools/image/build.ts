import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { promisify } from "node:util"
import type { Architecture } from "./base.ts"
import type { Containers } from "./containers.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "../..")

/** Builds deploy/Dockerfile as it is. @returns the image */
export function buildImage(containers: Containers, architecture: Architecture): Promise<string> {
  return build(containers, architecture, [])
}

/**
 * Its second stage, for another processor than that of the image `built`, from which it takes what the first stage makes:
 * that is the same for each, and by emulation it takes many minutes.
 */
export async function buildOnto(containers: Containers, architecture: Architecture, built: string): Promise<string> {
  const container = await containers.buildah(["from", "--pull=never", built])
  const files = await containers.buildah(["mount", container])
  return build(containers, architecture, ["--build-context", `build=${files}`])
}

async function build(containers: Containers, architecture: Architecture, more: readonly string[]): Promise<string> {
  const tag = `wecom-push:${architecture}`
  // Of root, which builds it, as Docker does: no namespaces are needed for that. The registry of packages is all it talks to.
  const how = ["--isolation", "chroot", "--network", "host", "--pull=never", "--format", "docker"]
  const what = ["--platform", `linux/${architecture}`, "--file", "deploy/Dockerfile", "--tag", tag, root]
  await containers.buildah(["build", ...how, ...more, ...(await npmSettings()), ...what], 600)
  return tag
}

/** @returns in bytes */
export async function sizeOf(containers: Containers, image: string): Promise<number> {
  const [found] = JSON.parse(await containers.podman(["image", "inspect", image])) as [{ readonly Size: number }]
  return found.Size
}

/** Which registry npm asks here, by which certificates, and what it has fetched before: while the image is built alone. */
async function npmSettings(): Promise<string[]> {
  const places = {
    userconfig: "/root/.npmrc:ro",
    globalconfig: "/usr/local/etc/npmrc:ro",
    // By the path that those files name.
    cafile: undefined,
    // What is written to it there is thrown away.
    cache: "/root/.npm:O",
  }
  const volumes: string[] = []
  for (const [name, place] of Object.entries(places)) {
    const { stdout } = await run("npm", ["config", "get", name], { cwd: root })
    const path = stdout.trim()
    if (existsSync(path)) volumes.push("--volume", `${path}:${place ?? `${path}:ro`}`)
  }
  return volumes
}
