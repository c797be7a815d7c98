import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import type { PruneCutoffs } from "../../model/ports/upkeep.ts"
import { aRequest, chunksOf, NOON, WHOLE_TRAIL } from "../testing/build.ts"
import type { Database } from "./connection.ts"
import { connect } from "./connection.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { fillHistory, rowsRead } from "./testing/rows-read.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"

const keepAll: PruneCutoffs = {
  now: 0,
  finishedBefore: 0,
  eventsBefore: 0,
  lookupsBefore: 0,
  ...WHOLE_TRAIL,
  limit: 500,
}
const LARGE = Array.from({ length: 3000 }, (_, n) => `user${n}`)
const OF_MESSAGES = ["messages", "chunks", "calls", "attempts", "media_uses", "staging"]

async function rowsOf(db: Database, tables: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of tables) {
    const { rows } = await sql<{ count: number }>`select count(*) as count
      from ${sql.table(`wecom_push.${table}`)}`.execute(db)
    counts[table] = rows[0]?.count ?? -1
  }
  return counts
}

const none = (tables: readonly string[]): Record<string, number> => Object.fromEntries(tables.map((name) => [name, 0]))

test("the rows that a dead node has written of a message are deleted; those of a living one stay, and the message is stored whole", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  const isStaged = async (): Promise<boolean> => (await rowsOf(nodes.database, ["staging"]))["staging"] === 1
  const accepting = nodes.two.outbox.accept(aRequest({ id: "msg_1", to: LARGE, chunks: chunksOf(LARGE) }))
  while (!(await isStaged()));
  await nodes.one.upkeep.prune(keepAll)
  assert.equal((await accepting).kind, "accepted")
  const chunks = await nodes.one.outbox.chunks({ messageId: "msg_1", from: 0, count: LARGE.length })
  assert.equal(chunks.flatMap(({ addresses }) => addresses).length, LARGE.length)

  await sql`insert into wecom_push.staging (message, node) values (1000000, ${one.node}), (1000001, null)`.execute(
    nodes.database,
  )
  await sql`insert into wecom_push.chunks (message, place, mask, data)
    select seq, place, 0, '' from generate_series(1000000, 1000001) as seq, generate_series(1, 6000) as place`.execute(
    nodes.database,
  )
  await nodes.two.upkeep.prune(keepAll)
  assert.deepEqual(await rowsOf(nodes.database, ["chunks", "staging"]), { chunks: chunks.length + 6000, staging: 1 })
  await one.session[Symbol.asyncDispose]()
  await nodes.two.upkeep.prune(keepAll)
  assert.deepEqual(await rowsOf(nodes.database, ["chunks", "staging"]), { chunks: chunks.length, staging: 0 })
})

test("a message whose writer counted as dead, and was swept, is refused and leaves nothing", async () => {
  await using nodes = await openTwoNodes()
  // Like a sweep between two transactions of the writer, at a moment that does not depend on the machine's load.
  await sql`create function wecom_push.sweep() returns trigger language plpgsql as $$ begin
      delete from wecom_push.staging;
      delete from wecom_push.chunks;
      return null;
    end $$`.execute(nodes.database)
  await sql`create trigger swept after insert on wecom_push.chunks
    for each statement execute function wecom_push.sweep()`.execute(nodes.database)
  const accepting = nodes.one.outbox.accept(aRequest({ id: "msg_1", to: LARGE, chunks: chunksOf(LARGE) }))
  await assert.rejects(accepting, { code: "storage_busy" })
  assert.deepEqual(await rowsOf(nodes.database, OF_MESSAGES), none(OF_MESSAGES))
})

test("rows that two nodes prune at once are deleted once, with all that belongs to them", async () => {
  await using nodes = await openTwoNodes()
  await fillHistory(nodes.database, 3000)
  const cutoffs = { ...keepAll, finishedBefore: NOON, eventsBefore: NOON, now: NOON, lookupsBefore: NOON }
  const counts = await Promise.all(
    nodes.both.map(async ({ upkeep }) => {
      for (let count = 0; ;) {
        const { messages, more } = await upkeep.prune(cutoffs)
        count += messages
        if (!more) return count
      }
    }),
  )
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    3000,
  )
  const tables = [...OF_MESSAGES, "idempotency", "bodies", "lookups", "callbacks", "card_codes"]
  assert.deepEqual(await rowsOf(nodes.database, tables), none(tables))
  assert.deepEqual(await rowsOf(nodes.database, ["events"]), { events: 1 })
})

test("a message that another node opens again at this moment stays, with all that belongs to it", async () => {
  await using nodes = await openTwoNodes()
  await fillHistory(nodes.database, 3)
  await nodes.database.transaction().execute(async (tx) => {
    await sql`update wecom_push.messages set state = 'open', finished_at = null where id = 'old_2'`.execute(tx)
    assert.equal((await nodes.one.upkeep.prune({ ...keepAll, finishedBefore: NOON })).messages, 2)
  })
  await nodes.two.upkeep.prune({ ...keepAll, finishedBefore: NOON })
  const left = Object.fromEntries(OF_MESSAGES.map((name) => [name, name === "staging" ? 0 : 1]))
  assert.deepEqual(await rowsOf(nodes.database, OF_MESSAGES), left)
})

test("pruning reads little more than it deletes, however long the history is", async () => {
  await using database = await newDatabase()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  await fillHistory(db, 20_000)
  await db.destroy()
  for (const finishedBefore of [0, 51]) {
    const read = await rowsRead(database.url, async ({ stores }) => {
      const cutoffs = { ...keepAll, finishedBefore, eventsBefore: finishedBefore, lookupsBefore: finishedBefore }
      const { messages } = await stores.upkeep.prune({ ...cutoffs, now: finishedBefore - 1 })
      assert.equal(messages, Math.max(0, finishedBefore - 1))
    })
    // A start reads the newest thousand events, to recognise its database.
    const many = [...read].filter(([name, rows]) => rows > (name === "events" ? 3000 : 400))
    assert.deepEqual(many, [], `finished before ${finishedBefore}`)
  }
})
