import assert from "node:assert/strict"
import { test } from "node:test"
import { acceptAll, HOUR_MS, updateOf } from "../testing/build.ts"
import { connect } from "./connection.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { fillBacklog, fillHistory, rowsRead } from "./testing/rows-read.ts"
import { TakeTurns } from "./testing/take-turns.ts"

test("the queue reads little more than the messages it hands out, however many wait or are finished", async () => {
  await using database = await newDatabase()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  await fillHistory(db, 20_000)
  await fillBacklog(db, 20_000, Date.now() + HOUR_MS)
  await db.destroy()
  let handedOut = 0
  const read = await rowsRead(database.url, async (opened) => {
    const { outbox } = opened.stores
    await using turns = new TakeTurns(opened)
    const now = Date.now()
    const times = { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS }
    await acceptAll(outbox, ["msg_1"], times)
    await acceptAll(outbox, ["msg_2"], { ...times, orderKey: "k" })
    await acceptAll(outbox, ["msg_3"], { ...times, sendAt: now + HOUR_MS })
    for (let round = 0; round < 3; round++) {
      const claimed = await turns.claim({ app: "alerts", priority: "normal", limit: 1000, now, leaseMs: HOUR_MS })
      assert.ok(claimed.length > 0)
      handedOut += claimed.length
      for (const { messageId } of claimed) {
        await outbox.update({ messageId, at: now, updates: [updateOf("cancelled")] })
      }
      await turns.release(claimed.map((held) => ({ ...held, nextAt: now })))
    }
    await outbox.makeAppDue("hr", now)
    await outbox.makeDue(["msg_1"], now)
  })
  const perMessage = (read.get("messages") ?? 0) / handedOut
  assert.ok(handedOut >= 400, `${handedOut} were handed out`)
  // 19 with PostgreSQL 18 and 23 with 15, a few more on a busy machine; reading all waiting messages would need 60.
  assert.ok(perMessage < 40, `${perMessage} rows of messages for each that was handed out`)
})
