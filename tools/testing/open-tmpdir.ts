import { existsSync, realpathSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname } from "node:path"

/**
 * Whether users other than root have no access to a folder. Some programs refuse to run as root (PostgreSQL, PgBouncer), so
 * when root starts them they run as another user. For other users the answer is always no: they start programs as themselves.
 */
export function isClosedToOthers(path: string): boolean {
  if (process.getuid?.() !== 0) return false
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return true
    if (folder === dirname(folder)) return false
  }
}

/** The temporary folder, or a system folder if the users as which root starts programs have no access to it. */
export function openTmpdir(): string {
  const folders = [tmpdir(), "/tmp", "/var/tmp", "/dev/shm"]
  const open = folders.find((folder) => existsSync(folder) && !isClosedToOthers(folder))
  if (open === undefined) throw new Error(`all of these are closed to users other than root: ${folders.join(", ")}`)
  return open
}
