import assert from "node:assert/strict"
import { test } from "node:test"
import { acceptAll } from "../testing/build.ts"
import { newMigratedDatabase } from "./testing/migrated-database.ts"
import { openNode } from "./testing/open-store.ts"
import { testConnection } from "./testing/test-connection.ts"

// proves 29.parked: a start with many to park
test("29.parked: what is parked at a start shares transactions", async () => {
  await using database = await newMigratedDatabase()
  {
    const { stores } = await openNode(database.url)
    await Promise.all(Array.from({ length: COUNT }, (_, n) => acceptAll(stores.outbox, [`msg_${n}`])))
    await stores[Symbol.asyncDispose]()
  }
  const connection = testConnection({ connectionString: database.url })
  const transactions = async (): Promise<number> => {
    const { rows } = await connection.query<{ id: string }>("select txid_snapshot_xmax(txid_current_snapshot()) as id")
    return Number(rows[0]?.id)
  }
  const before = await transactions()
  const { stores, parkedMessages } = await openNode(database.url, { afterRestore: true })
  await using _ = stores
  assert.equal(parkedMessages, COUNT)
  assert.ok((await transactions()) - before < COUNT / 4)
  const { rows } = await connection.query("select from wecom_push.messages where state = 'in_doubt'")
  assert.equal(rows.length, COUNT)
  await connection.end()
})

const COUNT = 400
