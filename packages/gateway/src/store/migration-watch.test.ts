import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { connect } from "./postgres/connection.ts"
import { migrateSafely } from "./postgres/migrate.ts"
import { MIGRATIONS } from "./postgres/migrations/all.ts"
import { newDatabase } from "./postgres/testing/cluster.ts"
import { MigrationWatch } from "./migration-watch.ts"
import type { MigrationProgress } from "./migration-watch.ts"

const STEPS = ["0002-messages", "0003-limits"]
/** The last step that has to wait for the lock of a table. */
const CHANGES_A_TABLE = "0023-message-apps"

// proves 30.year: a step that takes long
test("30.year: a slow step is reported again, with the progress of its index where the database knows it", async () => {
  const said: MigrationProgress[] = []
  const often = Promise.withResolvers<void>()
  let percent: number | undefined
  using watch = new MigrationWatch({
    steps: STEPS,
    from: 1,
    to: 3,
    everyMs: 5,
    percent: () => (percent === undefined ? Promise.reject(new Error("no connection")) : Promise.resolve(percent)),
    onMigrating(progress) {
      said.push(progress)
      if (said.length === 3) percent = 40
      if (said.length === 6) often.resolve()
    },
  })
  watch.begin("0002-messages")
  await often.promise
  watch.begin("0003-limits")
  watch.done()
  assert.deepEqual(
    said.slice(0, 6).map(({ step }) => step),
    Array(6).fill("0002-messages"),
  )
  const [first] = said
  assert.deepEqual({ ...first, seconds: 0 }, { from: 1, to: 3, seconds: 0, step: "0002-messages", number: 1, of: 2 })
  assert.equal(said[5] !== undefined && "percent" in said[5] && said[5].percent, 40)
  const [next, last] = said.slice(-2)
  assert.deepEqual({ ...next, seconds: 0 }, { from: 1, to: 3, seconds: 0, step: "0003-limits", number: 2, of: 2 })
  assert.deepEqual({ ...last, seconds: 0 }, { from: 1, to: 3, seconds: 0, step: undefined })
})

// proves 30.year: a step that waits for a table
test("30.year: while another connection holds a table the waiting step is reported again and again, and then succeeds", async () => {
  await using database = await newDatabase()
  const all = Object.entries(MIGRATIONS)
  const steps = all.slice(0, all.findIndex(([name]) => name === CHANGES_A_TABLE) + 1)
  await migrateSafely(database.url, { migrations: Object.fromEntries(steps.slice(0, -1)) })
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  const said: MigrationProgress[] = []
  const heldLong = Promise.withResolvers<void>()
  const holding = db.transaction().execute(async (tx) => {
    // Locks all tables, so that the last step has to wait for one of them.
    const { rows } = await sql<{ name: string }>`select string_agg(format('%I.%I', schemaname, tablename), ', ') as name
      from pg_tables where schemaname = 'wecom_push' and tablename not like 'kysely%'`.execute(tx)
    await sql.raw(`lock table ${rows[0]?.name} in access share mode`).execute(tx)
    await heldLong.promise
  })
  const migrated = migrateSafely(database.url, {
    migrations: Object.fromEntries(steps),
    tellEveryMs: 5,
    onMigrating(progress) {
      said.push(progress)
      if (said.length === 5) heldLong.resolve()
    },
  })
  await Promise.all([migrated, holding])
  await db.destroy()
  assert.ok(said.length > 5)
  assert.deepEqual(new Set(said.map(({ step }) => step)), new Set([CHANGES_A_TABLE, undefined]))
  assert.equal(said.at(-1)?.step, undefined)
})
