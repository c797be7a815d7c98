import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { connect } from "./connection.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { rowsRead } from "./testing/rows-read.ts"

const KNOWN = 200_000
const ASKED = 10_000

// proves 13.M7: many numbers at once
test("only the known numbers that are asked for are read, however many there are", async () => {
  await using database = await newDatabase()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  await sql`insert into wecom_push.lookups (key, userid, stored_at)
    select 'key_' || n, 'user_' || n, n from generate_series(1, ${KNOWN}::integer) as n`.execute(db)
  await sql`analyze`.execute(db)
  await db.destroy()
  const keys = Array.from({ length: ASKED }, (_, index) => `key_${(index + 1) * 21}`)
  const expected = keys.map((_, index) => ((index + 1) * 21 <= KNOWN ? `user_${(index + 1) * 21}` : undefined))
  const read = await rowsRead(database.url, async ({ stores: { lookups } }) => {
    const found = await lookups.get(keys)
    assert.deepEqual(
      found.map((record) => record?.userid),
      expected,
    )
    assert.deepEqual(await lookups.userids(keys, 0, KNOWN), expected)
  })
  const known = expected.filter((userid) => userid !== undefined).length
  const rows = read.get("lookups") ?? 0
  assert.ok(rows >= 2 * known, `${rows} rows are counted, and ${known} were found twice`)
  assert.ok(rows <= 2 * ASKED, `${rows} rows for twice ${ASKED} keys`)
})
