import { existsSync, realpathSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname } from "node:path"

/**
 * Whether a user other than root cannot reach a folder. Some programs refuse to run as root (PostgreSQL, PgBouncer), so where
 * root starts them they run as another user. Other users start them as themselves: to those no folder is closed.
 */
export function isClosedToOthers(path: string): boolean {
  if (process.getuid?.() !== 0) return false
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return true
    if (folder === dirname(folder)) return false
  }
}

/** The temporary folder, or one of the system's where that one is closed to the users that root starts programs as. */
export function openTmpdir(): string {
  const folders = [tmpdir(), "/tmp", "/var/tmp", "/dev/shm"]
  const open = folders.find((folder) => existsSync(folder) && !isClosedToOthers(folder))
  if (open === undefined) throw new Error(`all of these are closed to users other than root: ${folders.join(", ")}`)
  return open
}
