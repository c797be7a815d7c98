import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout } from "node:timers/promises"
import type { Pool } from "pg"
import { Session } from "./session.ts"
import { newDatabase } from "./testing/cluster.ts"
import { testConnection } from "./testing/test-connection.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"

test("simultaneous callers get locks one after another, and the client does not warn", async () => {
  const warnings: string[] = []
  const warned = ({ message }: Error): void => void warnings.push(message)
  process.on("warning", warned)
  using _ = { [Symbol.dispose]: () => void process.off("warning", warned) }
  await using nodes = await openTwoNodes()
  const [{ session }] = nodes.opened
  let held = 0
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      await using _lock = await session.lock(`test ${n}`)
      held++
    }),
  )
  assert.equal(held, 20)
  assert.deepEqual(warnings, [])
})

test("a session whose connection ends while it is checked gets another one", async () => {
  await using database = await newDatabase()
  const db = testConnection({ connectionString: database.url })
  const lost: string[] = []
  await using session = await Session.open({
    url: database.url,
    node: 1,
    onLost: ({ message }) => void lost.push(message),
  })
  let checks = 0
  session.beforeReturn(async () => {
    if (++checks === 1) await endSession(db)
  })
  const { promise: returned, resolve } = Promise.withResolvers<void>()
  session.onNotice((payload) => {
    if (checks === 2 && payload === undefined) resolve()
  })
  await endSession(db)
  await returned
  assert.equal(session.isHeld, true)
  const { rows } = await db.query(
    "select from pg_stat_activity where application_name = 'wecom-push session' and datname = current_database()",
  )
  assert.equal(rows.length, 1)
})

async function endSession(db: Pool): Promise<void> {
  await db.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'wecom-push session' and datname = current_database()`)
  // The client learns of it.
  await setTimeout(100)
}
