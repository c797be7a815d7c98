import assert from "node:assert/strict"
import { test } from "node:test"
import { acceptAll } from "../testing/build.ts"
import { newMigratedDatabase } from "./testing/migrated-database.ts"
import { openNode } from "./testing/open-store.ts"
import { testConnection } from "./testing/test-connection.ts"

const HOUR_MS = 3_600_000

for (const [order, offset] of [
  ["falling", (n: number) => COUNT - n],
  ["rising", (n: number) => n],
  ["mixed", (n: number) => (n * 7 + 20) % COUNT],
] as const) {
  // proves 29.ticks: messages scheduled in any order
  test(`29.ticks: messages of one app with ${order} times leave one tick, which is of the first of them`, async () => {
    await using database = await newMigratedDatabase()
    await using stores = (await openNode(database.url)).stores
    const connection = testConnection({ connectionString: database.url })
    const first = Date.now() + HOUR_MS
    for (let n = 0; n < COUNT; n++) {
      await acceptAll(stores.outbox, [`msg_${n}`], {
        sendAt: first + offset(n) * 1000,
        expiresAt: first + 10 * HOUR_MS,
      })
    }
    const { rows } = await connection.query<{ at: string; due: string }>(
      `select extract(epoch from start_after) * 1000 as at, (select min(due_at) from wecom_push.messages) as due
        from wecom_push_jobs.job where name = 'ticks' and state = 'created'`,
    )
    assert.equal(rows.length, 1)
    assert.equal(Number(rows[0]?.at), Number(rows[0]?.due))
    await connection.end()
  })
}

const COUNT = 40
