import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { DatabaseSync } from "node:sqlite"

// For controls: how the gateway keeps its promises cannot be changed, so what does it for the gateway is. `normal`: the
// log is not synced after a commit, only when SQLite needs it so; `off`: nothing is synced.
fs.fdatasync = Object.assign((_handle: number, done: (error: NodeJS.ErrnoException | null) => void) => {
  setImmediate(done, null)
}, fs.fdatasync)
fs.fdatasyncSync = () => {}
syncBuiltinESMExports()

const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "exec")?.value as (sql: string) => void

DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql.replace("synchronous = normal", `synchronous = ${process.env["CHAOS_SYNCHRONOUS"] ?? "normal"}`))
}
