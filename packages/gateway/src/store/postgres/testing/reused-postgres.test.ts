import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { acceptAll, claimDue, claimOne, HOUR_MS, NOON } from "../../testing/build.ts"
import { connect } from "../connection.ts"
import type { Database } from "../connection.ts"
import type { PostgresUnderTest } from "./open-store.ts"
import { OF_NO_TEST } from "./emptied-database.ts"
import { ReusedPostgres } from "./reused-postgres.ts"
import { fillHistory } from "./rows-read.ts"

/** A connection to the database of a store. */
function beside({ url }: PostgresUnderTest): Database & AsyncDisposable {
  const db = connect({ url, maxConnections: 1, onLost: () => {} })
  return Object.assign(db, { [Symbol.asyncDispose]: () => db.destroy() })
}

/** The number of rows in each table that has some, except those that a node keeps in memory. */
async function rowsIn(db: Database): Promise<ReadonlyMap<string, number>> {
  const { rows: tables } = await sql<{ name: string }>`select schemaname || '.' || tablename as name from pg_tables
    where schemaname = 'wecom_push' or schemaname = 'wecom_push_jobs' and tablename in ('job', 'job_dependency', 'warning')
    order by 1`.execute(db)
  const counted = new Map<string, number>()
  for (const { name } of tables) {
    const isOurs = name === "wecom_push.events" ? sql`app <> ${OF_NO_TEST}` : sql`true`
    const { rows } = await sql<{ count: number }>`select count(*) from ${sql.table(name)} where ${isOurs}`.execute(db)
    const count = rows[0]?.count ?? 0
    if (count > 0 && name !== "wecom_push.agents") counted.set(name, count)
  }
  return counted
}

test("a reused store has no rows of earlier use in any table, and its clock is back", async () => {
  await using reused = new ReusedPostgres()
  let atFirst: ReadonlyMap<string, number>
  {
    await using store = await reused.open()
    await using db = beside(store)
    atFirst = await rowsIn(db)
    await fillHistory(db, 3)
    await acceptAll(store.stores.outbox, ["msg_1", "msg_2"])
    await claimDue(store.stores.outbox, { now: NOON + HOUR_MS })
    const filled = await rowsIn(db)
    assert.ok(filled.size > atFirst.size + 10, [...filled.keys()].join())
  }
  {
    await using store = await reused.open()
    await using db = beside(store)
    assert.deepEqual(await rowsIn(db), atFirst)
    const { rows } = await sql<{ at: number }>`select wecom_push.now_ms() as at`.execute(db)
    assert.equal(rows[0]?.at, NOON)
    await acceptAll(store.stores.outbox, ["msg_1"])
    assert.equal((await claimOne(store.stores.outbox)).messageId, "msg_1")
  }
})

test("the node is reused too, unless it crashed or may remember something", async () => {
  await using reused = new ReusedPostgres()
  const nodeOf = async (use: (store: PostgresUnderTest) => Promise<unknown> = () => Promise.resolve()) => {
    await using store = await reused.open()
    await using db = beside(store)
    await use(store)
    const { rows } = await sql<{ last: number; url: string }>`select max(number) as last from wecom_push.nodes`.execute(
      db,
    )
    return { database: store.url, node: rows[0]?.last }
  }
  const first = await nodeOf()
  assert.deepEqual(await nodeOf((store) => acceptAll(store.stores.outbox, ["msg_1"])), first)
  assert.equal((await nodeOf((store) => store.stores.media.get("none"))).node, first.node)
  const reopened = await nodeOf()
  assert.deepEqual(reopened, { ...first, node: (first.node ?? 0) + 1 })
  const crashed = await nodeOf(async (store) => {
    await using _ = await store.crash()
  })
  assert.deepEqual(crashed, { ...first, node: (first.node ?? 0) + 2 })
  assert.deepEqual(await nodeOf(), crashed)
})
