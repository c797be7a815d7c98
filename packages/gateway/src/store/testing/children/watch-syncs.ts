import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"

/**
 * Counts the syncs that the store asks for from now on, and lets some of them fail: for a process of its own, where no
 * program is installed that watches system calls.
 * @param fails whether the sync of this number fails
 */
export function watchSyncs(fails: (number: number) => boolean = () => false): { readonly count: number } {
  const seen = { count: 0 }
  const { fdatasync, fdatasyncSync } = fs
  const fault = (): Error | undefined =>
    fails(++seen.count) ? Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" }) : undefined
  const watched = (handle: number, done: fs.NoParamCallback): void => {
    const error = fault()
    if (error === undefined) fdatasync(handle, done)
    else setImmediate(done, error)
  }
  fs.fdatasync = Object.assign(watched, { __promisify__: fdatasync.__promisify__ })
  fs.fdatasyncSync = (handle) => {
    const error = fault()
    if (error !== undefined) throw error
    fdatasyncSync(handle)
  }
  // Modules that import them by name get these too.
  syncBuiltinESMExports()
  return seen
}
