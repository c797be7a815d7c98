import { readdir, readFile, stat } from "node:fs/promises"
import { join, resolve } from "node:path"

// Both `src/phones` and `dist/phones` are two below the package.
const PACKAGE = resolve(import.meta.dirname, "..", "..")

/** Where the built page lies; with the package it is published there. */
export const BUILT = join(PACKAGE, "dist", "page")
/** Builds it. Absent from the published package, like all it is built from. */
export const BUILD_SCRIPT = join(PACKAGE, "page", "build.ts")
const SOURCES = [join(PACKAGE, "page"), join(PACKAGE, "..", "bubble", "src"), join(PACKAGE, "package.json")]

/** Tells beside the built page which sources it was built from. */
export const STAMP = "built-from.txt"

/** Changes with every change of the sources; undefined where there are none, as in the published package. */
export async function stampOfSources(): Promise<string | undefined> {
  const isThere = await stat(BUILD_SCRIPT).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const times = (await Promise.all(SOURCES.map(changeTimes))).flat()
  return `${times.length} files, the newest of ${Math.max(...times)}`
}

export async function stampOfBuilt(folder: string): Promise<string | undefined> {
  return readFile(join(folder, STAMP), "utf8").catch(() => undefined)
}

async function changeTimes(path: string): Promise<number[]> {
  const { mtimeMs } = await stat(path)
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => undefined)
  if (entries === undefined) return [mtimeMs]
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).mtimeMs))
}
