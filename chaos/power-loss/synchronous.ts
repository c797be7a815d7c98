import { DatabaseSync } from "node:sqlite"

// For controls: the gateway's own setting cannot be changed, so what it says to SQLite is.
const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "exec")?.value as (sql: string) => void

DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql.replace("synchronous = full", `synchronous = ${process.env["CHAOS_SYNCHRONOUS"] ?? "full"}`))
}
