import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { acceptAll, HOUR_MS, updateOf } from "../testing/build.ts"
import { integer } from "../row.ts"
import type { Row } from "../row.ts"
import { advanceLane, findBehind, letGoOn } from "./lanes.ts"
import { lengthenLane } from "./testing/lengthen-lane.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"
import type { TwoNodes } from "./testing/two-nodes.ts"
import type { Tx } from "./transactions.ts"

// proves 29.lane: a lane that is due all at once
test("29.lane: of a long lane the beginning is read, whatever the database knows of the table, and however many are asked for", async () => {
  for (const isAnalyzed of [false, true]) {
    await using nodes = await openLane()
    if (isAnalyzed) await sql`analyze wecom_push.messages`.execute(nodes.database)
    const members = await lastOf(nodes)
    const behind = await reading(nodes, (tx) => findBehind(tx, members))
    assert.deepEqual(
      [new Set(behind.result.map((place) => place?.until)), behind.result.length],
      [new Set([undefined]), members.length],
    )
    const freed = await reading(nodes, (tx) => advanceLane(tx, LANE))
    const early = members.at(-1)
    assert.ok(early !== undefined)
    const letGo = await reading(nodes, (tx) => letGoOn(tx, early, Date.now() + HOUR_MS))
    for (const { rows } of [behind, freed, letGo]) assert.ok(rows <= MOST_ROWS, `${rows} rows of ${COUNT}`)
  }
})

// proves 29.lane: a lane that is due all at once
test("29.lane: the next of a lane gets a job when the one before it ends, though more than a window of its app is due for longer", async () => {
  await using nodes = await openTwoNodes()
  const { one } = nodes
  const now = Date.now()
  const times = { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS }
  await acceptAll(one.outbox, ["msg_1", "msg_2", "msg_3"], { ...times, orderKey: LANE.orderKey })
  await acceptAll(
    one.outbox,
    Array.from({ length: 300 }, (_, n) => `other_${n}`),
    times,
  )
  await one.outbox.update({ messageId: "msg_1", at: now, updates: [updateOf("cancelled")] })
  const { rows } = await sql<{ id: string }>`select id from wecom_push.messages
    where job is not null and order_key is not null`.execute(nodes.database)
  assert.deepEqual(rows, [{ id: "msg_2" }])
})

/** Many changes of it are behind it, and other messages beside it. */
async function openLane(): Promise<TwoNodes> {
  const nodes = await openTwoNodes()
  const now = Date.now()
  const times = { acceptedAt: now - 1000, sendAt: now - 1000, expiresAt: now + HOUR_MS }
  await sql`alter table wecom_push.messages set (autovacuum_enabled = off)`.execute(nodes.database)
  await acceptAll(nodes.one.outbox, ["msg_1"], { ...times, orderKey: LANE.orderKey })
  await lengthenLane(nodes.database, "msg_1", COUNT)
  for (let change = 0; change < 5; change++) {
    await sql`update wecom_push.messages set due_at = due_at + 1 where id <> 'msg_1'`.execute(nodes.database)
  }
  return nodes
}

async function lastOf({ database }: TwoNodes) {
  const { rows } = await sql<Row>`select seq, lane_at from wecom_push.messages order by seq desc limit 200`.execute(
    database,
  )
  return rows.map((row) => ({ ...LANE, seq: integer(row, "seq"), laneAt: integer(row, "lane_at") }))
}

/** @returns its result, and how many messages it has read */
async function reading<T>(
  { database }: TwoNodes,
  work: (tx: Tx) => Promise<T>,
): Promise<{ readonly result: T; readonly rows: number }> {
  return database.transaction().execute(async (tx) => {
    const before = await rowsRead(tx)
    const result = await work(tx)
    return { result, rows: (await rowsRead(tx)) - before }
  })
}

async function rowsRead(tx: Tx): Promise<number> {
  const { rows } = await sql<{
    read: number
  }>`select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer as read
    from pg_stat_xact_user_tables where schemaname = 'wecom_push' and relname = 'messages'`.execute(tx)
  return rows[0]?.read ?? 0
}

const LANE = { app: "alerts", orderKey: "k" }
const COUNT = 3000
/** A look reads some rows ahead. */
const MOST_ROWS = 50
