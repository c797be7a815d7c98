import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { acceptAll, NOON, updateOf } from "../testing/build.ts"
import { connect } from "./connection.ts"
import { newMigratedDatabase } from "./testing/migrated-database.ts"
import { openNode } from "./testing/open-store.ts"
import { fillBacklog, rowsRead } from "./testing/rows-read.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"
import type { TwoNodes } from "./testing/two-nodes.ts"

async function changesLeft({ database }: TwoNodes): Promise<number | undefined> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from wecom_push.unfinished_changes`.execute(
    database,
  )
  return rows[0]?.count
}

const ids = (node: number): string[] => Array.from({ length: 60 }, (_, n) => `msg_${node}_${n}`)

// proves 28.D4: what is unfinished, counted
test("changes that two nodes write and sum up at once are counted once, on both", async () => {
  await using nodes = await openTwoNodes()
  const cutoffs = { now: 0, finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, auditBefore: 0, limit: 100 }
  const prunes = { ...cutoffs, auditEntries: Infinity }
  const over = new AbortController()
  const summing = Promise.all(
    nodes.both.map(async ({ upkeep }) => {
      while (!over.signal.aborted) await upkeep.prune(prunes)
    }),
  )
  await Promise.all(
    nodes.both.map(async ({ outbox }, node) => {
      await Promise.all(ids(node).map((id) => acceptAll(outbox, [id], { keyId: `key_${node}` })))
      for (const messageId of ids(node).slice(0, 20)) {
        await outbox.update({ messageId, at: NOON, updates: [updateOf("cancelled")] })
      }
    }),
  )
  over.abort()
  await summing
  for (const { reader, upkeep } of nodes.both) {
    await upkeep.prune(prunes)
    const counted = (await reader.unfinished()).map(({ keyId, count }) => `${keyId} ${count}`).toSorted()
    assert.deepEqual(counted, ["key_0 40", "key_1 40"])
  }
  assert.equal(await changesLeft(nodes), 0)
})

// proves 28.D4: what is unfinished, counted
test("messages of a gateway of an older version are counted from the next start on", async () => {
  await using database = await newMigratedDatabase()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  try {
    await fillBacklog(db, 100, NOON)
    for (const _ of [1, 2]) {
      await using stores = (await openNode(database.url)).stores
      assert.deepEqual(await stores.reader.unfinished(), [{ app: "alerts", keyId: "key_1", count: 200 }])
    }
  } finally {
    await db.destroy()
  }
})

// proves 28.D4: what is unfinished, counted
test("the number of unfinished messages is known without a look at a message, however many wait", async () => {
  await using database = await newMigratedDatabase()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  await fillBacklog(db, 5000, NOON)
  await db.destroy()
  const read = await rowsRead(database.url, async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"])
    for (let n = 0; n < 10; n++) await reader.unfinished()
  })
  // An accepted message fills a window of jobs, which has this length.
  assert.ok((read.get("messages") ?? 0) < 1000, `${read.get("messages")} rows of messages`)
})
