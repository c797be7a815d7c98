import { lstatSync, statSync } from "node:fs"
import type { Stats } from "node:fs"

/** Why what is in a folder may be anybody's. */
export type FolderTrouble = "folderOfAnother" | "folderWritable"

/**
 * Undefined: the folder is this user's and only this user can write there, or it is not there yet. A symbolic link counts
 * as its owner's, and so does what it leads to. Windows tells no such owners.
 */
export function folderTrouble(path: string): FolderTrouble | undefined {
  try {
    const folder = statSync(path)
    if (!isOwn(lstatSync(path)) || !isOwn(folder)) return "folderOfAnother"
    return process.getuid === undefined || (folder.mode & WRITABLE_BY_OTHERS) === 0 ? undefined : "folderWritable"
  } catch {
    // A path that cannot be examined cannot be read either.
    return undefined
  }
}

/** Whether a file in such a folder was made by this user. */
export function isOwn({ uid }: Stats): boolean {
  const own = process.getuid?.()
  return own === undefined || uid === own
}

const WRITABLE_BY_OTHERS = 0o022
