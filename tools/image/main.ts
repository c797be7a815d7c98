// npm run image: builds deploy/Dockerfile by buildah without a registry of images, on a base made of Debian's packages and
// npm's Node, and starts it as deploy/compose.yaml does, by podman: on SQLite, on PostgreSQL, and for arm64 by emulation.
// It runs as root on Debian; of packages it asks npm's registry and Debian's mirror alone. Mounts and processes of its own
// (package.json: unshare) end with it, however it ends.
import { startCluster, urlOf } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import { without } from "../testing/programs.ts"
import { baseName, debianName, makeBase } from "./base.ts"
import type { Architecture } from "./base.ts"
import { buildImage, buildOnto, sizeOf } from "./build.ts"
import { openContainers } from "./containers.ts"
import type { Containers } from "./containers.ts"
import { runArm64 } from "./foreign.ts"
import { simulate, tryImage, trySlowly } from "./try-image.ts"

const missing = [
  without("mmdebstrap"),
  without("buildah"),
  without("podman"),
  without("runc"),
  without("qemu-aarch64"),
].filter((reason) => reason !== false)
if (missing.length > 0 || process.getuid?.() !== 0) {
  for (const reason of missing) console.error(`npm run image ${reason}`)
  if (process.getuid?.() !== 0) console.error("npm run image needs root, who may mount and start containers")
  process.exitCode = 1
} else await tryAll()

async function tryAll(): Promise<void> {
  await using used = new AsyncDisposableStack()
  const containers = used.use(await openContainers())
  // As the first process of its namespace, it gets no signal without a handler.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void used.disposeAsync().finally(() => process.exit(1)))
  }
  const emulation = await runArm64()
  if (typeof emulation !== "string") used.use(emulation)
  const architectures: Architecture[] = typeof emulation === "string" ? [] : ["arm64"]
  const own = debianName(process.arch) as Architecture
  await nameBases(containers, [own, ...architectures])
  const image = await tellBuilt(containers, own, () => buildImage(containers, own))
  await using simulated = await simulate(containers, image)
  console.log(await tryImage(containers, image, simulated, { name: "sqlite", flags: [] }))
  console.log(await tryOnPostgres((database) => tryImage(containers, image, simulated, database)))
  if (typeof emulation === "string") console.log(`arm64: not tried, ${emulation}`)
  else {
    const other = await tellBuilt(containers, "arm64", () => buildOnto(containers, "arm64", image))
    console.log(await trySlowly(containers, other, simulated, "arm64"))
  }
}

/** Gives all base images the one name that the Dockerfile uses. */
async function nameBases(containers: Containers, architectures: readonly Architecture[]): Promise<void> {
  const name = await baseName()
  await containers.buildah(["manifest", "create", name])
  for (const architecture of architectures) {
    const startedAt = performance.now()
    const base = await makeBase(containers, architecture)
    await containers.buildah(["manifest", "add", name, base])
    await tell(containers, `${name} (${architecture}): Debian by mmdebstrap, Node by npm`, base, startedAt)
  }
}

async function tellBuilt(
  containers: Containers,
  architecture: Architecture,
  build: () => Promise<string>,
): Promise<string> {
  const startedAt = performance.now()
  const image = await build()
  await tell(containers, `deploy/Dockerfile (${architecture})`, image, startedAt)
  return image
}

async function tell(containers: Containers, what: string, image: string, startedAt: number): Promise<void> {
  const megabytes = (await sizeOf(containers, image)) / 1e6
  console.log(`${what}: ${megabytes.toFixed(0)} MB in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
}

async function tryOnPostgres(
  attempt: (database: { readonly name: string; readonly flags: readonly string[] }) => Promise<string>,
): Promise<string> {
  const cluster = await startCluster([])
  await using _ = { [Symbol.asyncDispose]: () => cluster.stop() }
  await cluster.admin("create database wecom")
  const { socketFolder } = cluster
  const environment = {
    WECOM_PUSH_DATABASE_URL: urlOf(socketFolder, "wecom"),
    WECOM_PUSH_MASTER_KEY: "ab".repeat(32),
  }
  const settings = Object.entries(environment).flatMap(([variable, value]) => ["--env", `${variable}=${value}`])
  return await attempt({ name: "postgresql", flags: [...settings, "--volume", `${socketFolder}:${socketFolder}`] })
}
