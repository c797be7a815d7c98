import { GroupCommit } from "./group-commit.ts"
import { Backlog } from "./backlog.ts"
import { openDatabase } from "./connection.ts"
import { SqliteEvents } from "./events.ts"
import { migrate, SCHEMA_VERSION, schemaVersion } from "./migrate.ts"
import { sqliteOutbox } from "./outbox.ts"
import { ReserveFile } from "./reserve-file.ts"
import { integer } from "./row.ts"

export async function openSqlite(file: string) {
  const db = openDatabase(file)
  if (schemaVersion(db) < SCHEMA_VERSION) await migrate(db)
  const reserve = new ReserveFile(`${file}-reserve`)
  reserve.take()
  const commit = new GroupCommit(db, reserve)
  const run = integer(
    db.prepare("update meta set value = value + 1 where name = 'run' returning value").get() ?? {},
    "value",
  )
  const events = new SqliteEvents(db)
  const backlog = new Backlog()
  const outbox = sqliteOutbox(db, { commit, backlog, events, run })
  await outbox.sweep()
  return {
    outbox,
    events,
    async [Symbol.asyncDispose]() {
      commit.close()
      db.close()
    },
  }
}
