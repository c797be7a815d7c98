import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { connect } from "./connection.ts"
import { Jobs } from "./jobs.ts"
import { newDatabase } from "./testing/cluster.ts"

test("jobs that cannot be started leave no connection and no timer behind, which would keep the process alive", async () => {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase())
  const database = resources.adopt(connect({ url, maxConnections: 1, onLost: () => {} }), (db) => db.destroy())
  const options = { url, maxConnections: 2, onTrouble: () => {} }
  await (await Jobs.start(options))[Symbol.asyncDispose]()
  const connections = async (): Promise<number> => {
    const { rows } = await sql`select from pg_stat_activity where application_name = 'wecom-push jobs'
      and datname = current_database()`.execute(database)
    return rows.length
  }
  await sql`drop function wecom_push_jobs.create_queue`.execute(database)
  await connections()
  const timers = timerCount()
  await assert.rejects(Jobs.start(options), /create_queue/)
  // The server sees the end of a connection a moment later.
  await sleep(500)
  assert.equal(await connections(), 0)
  assert.equal(timerCount(), timers)
})

function timerCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
}
