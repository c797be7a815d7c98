import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { pathOf } from "../testing/programs.ts"

const run = promisify(execFile)

/** Images and containers in a folder of their own, apart from those of the machine. Deleted on disposal. */
export interface Containers extends AsyncDisposable {
  readonly folder: string
  readonly buildah: Program
  readonly podman: Program
}

/** @returns what it prints */
type Program = (argv: readonly string[], seconds?: number) => Promise<string>

export async function openContainers(): Promise<Containers> {
  const folder = await mkdtemp(join(tmpdir(), "wecom-push-image-"))
  const configuration = join(folder, "containers.conf")
  await writeFile(configuration, `[containers]\ndefault_ulimits = [${(await ownLimits()).join(", ")}]\n`)
  const env = { ...process.env, CONTAINERS_CONF: configuration, PODMAN_IGNORE_CGROUPSV1_WARNING: "1", TMPDIR: folder }
  const store = ["--root", join(folder, "images"), "--runroot", join(folder, "running"), "--storage-driver", "overlay"]
  // Without this, the folder is a mount of its own, which must be removed before it can be deleted.
  const noMount = ["--storage-opt", "overlay.skip_mount_home=true"]
  // Not crun, which refuses machines with both versions of cgroups; not systemd, which a container does not need.
  const runtime = ["--runtime", pathOf("runc"), "--cgroup-manager", "cgroupfs", "--events-backend", "none"]
  const start = async (path: string, argv: readonly string[], seconds = 60): Promise<string> => {
    const options = { env, timeout: seconds * 1000, maxBuffer: 64 * 1024 * 1024 }
    const { stdout } = await run(path, argv, options).catch((error: unknown) => {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string }
      const lines = `${stdout}\n${stderr}`.trim().split("\n").slice(-40).join("\n")
      throw new Error(`${argv.slice(store.length + noMount.length).join(" ")}\n${lines}`)
    })
    return stdout.trim()
  }
  const podman: Program = (argv, seconds) =>
    start(pathOf("podman"), [...store, ...noMount, ...runtime, ...argv], seconds)
  const buildah: Program = (argv, seconds) => start(pathOf("buildah"), [...store, ...noMount, ...argv], seconds)
  return {
    folder,
    buildah,
    podman,
    [Symbol.asyncDispose]: async () => {
      if (existsSync(join(folder, "images"))) {
        await podman(["rm", "--all", "--force", "--time", "0", "--volumes"])
        // podman does not see the containers of builds.
        await buildah(["rm", "--all"])
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The limits of this process: the default is higher, which not every machine allows. */
async function ownLimits(): Promise<string[]> {
  const limits = await readFile("/proc/self/limits", "utf8")
  return [
    ["nofile", "Max open files"],
    ["nproc", "Max processes"],
  ].flatMap(([name, called = ""]) => {
    const [, soft, hard] = new RegExp(String.raw`^${called}\s+(\d+)\s+(\d+)`, "m").exec(limits) ?? []
    return soft === undefined ? [] : [`"${name}=${soft}:${hard}"`]
  })
}
