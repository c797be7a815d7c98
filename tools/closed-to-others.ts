import { statSync } from "node:fs"
import { dirname, resolve } from "node:path"

/**
 * Whether a user other than root cannot reach a folder: PostgreSQL refuses to run as root, and where root starts it, it runs
 * as a user of its own.
 */
export function isClosedToOthers(path: string): boolean {
  if (process.getuid?.() !== 0) return false
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return true
    if (folder === dirname(folder)) return false
  }
}
