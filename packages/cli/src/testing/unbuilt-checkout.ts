import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"

const root = join(import.meta.dirname, "../../../..")

/** A copy of this checkout as it is after a clone and `npm ci`: nothing is compiled. */
export async function unbuiltCheckout(): Promise<AsyncDisposable & { readonly launcher: string }> {
  const path = await mkdtemp(join(tmpdir(), "wecom-push-checkout-"))
  await cp(join(root, "packages"), join(path, "packages"), {
    recursive: true,
    filter: (source) => !NOT_CLONED.has(basename(source)),
  })
  const modules = join(path, "node_modules")
  await mkdir(join(modules, "@wecom-push"), { recursive: true })
  for (const entry of await readdir(join(root, "node_modules"))) {
    if (!entry.startsWith(".") && !OURS.has(entry))
      await symlink(join(root, "node_modules", entry), join(modules, entry))
  }
  for (const name of await readdir(join(path, "packages"))) {
    const link = name === "cli" ? "wecom-push" : `@wecom-push/${name}`
    await symlink(join(path, "packages", name), join(modules, link))
  }
  return {
    launcher: join(path, "packages/cli/bin/wecom-push.js"),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

const NOT_CLONED = new Set(["dist", "build", "node_modules"])
const OURS = new Set(["@wecom-push", "wecom-push"])
