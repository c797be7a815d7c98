import { access, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"

/**
 * A folder that is filled once, by the first caller. It is filled under another name and renamed when it is complete, so that
 * an incomplete folder is never found. When two callers fill it at once, the second uses the folder of the first.
 */
export async function filledOnce(folder: string, fill: (into: string) => Promise<void>): Promise<string> {
  if (await isThere(folder)) return folder
  await removeAbandoned(folder)
  await mkdir(dirname(folder), { recursive: true })
  const filling = await mkdtemp(`${folder}.`)
  try {
    await fill(filling)
    await rename(filling, folder).catch(async (error: unknown) => {
      if (!(await isThere(folder))) throw error
    })
  } finally {
    await rm(filling, { recursive: true, force: true })
  }
  return folder
}

const ABANDONED_MS = 3_600_000

/** Removes the folders of processes that were killed while filling. */
function removeAbandoned(folder: string): Promise<void> {
  return removeOlder(`${folder}.`, ABANDONED_MS)
}

/** Removes all folders whose path begins with `start` and in which no file was made, removed or renamed for `ageMs`. */
export async function removeOlder(start: string, ageMs: number): Promise<void> {
  const beside = dirname(start)
  for (const name of await readdir(beside).catch(() => [])) {
    const path = join(beside, name)
    if (!path.startsWith(start)) continue
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }))
    if (Date.now() - mtimeMs > ageMs) await rm(path, { recursive: true, force: true })
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
