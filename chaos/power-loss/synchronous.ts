import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { DatabaseSync } from "node:sqlite"

// For controls: the gateway has no setting that weakens its promises, so the functions that it syncs with are replaced.
// `normal`: the log is not synced after a commit, only when SQLite needs it; `off`: nothing is synced.
fs.fdatasync = Object.assign((_handle: number, done: (error: NodeJS.ErrnoException | null) => void) => {
  setImmediate(done, null)
}, fs.fdatasync)
fs.fdatasyncSync = () => {}
syncBuiltinESMExports()

const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "exec")?.value as (sql: string) => void

DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql.replace("synchronous = normal", `synchronous = ${process.env["CHAOS_SYNCHRONOUS"] ?? "normal"}`))
}
