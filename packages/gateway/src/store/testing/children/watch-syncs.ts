import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"

/**
 * Counts the syncs that the store asks for from now on, and lets some of them fail: for a process of its own, where there is
 * no program that watches what it asks of the system.
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
  // What has imported them by name gets these too.
  syncBuiltinESMExports()
  return seen
}
