import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { connect } from "./connection.ts"
import { migrateSafely } from "./migrate.ts"
import { MIGRATIONS } from "./migrations/all.ts"
import { newDatabase } from "./testing/cluster.ts"

test("tables whose old rows are deleted are vacuumed at a twentieth of dead rows; what the operator has set stays", async () => {
  await using database = await newDatabase()
  const all = Object.entries(MIGRATIONS)
  const before = all.slice(
    0,
    all.findIndex(([name]) => name === "0025-vacuumed-earlier"),
  )
  await migrateSafely(database.url, { migrations: Object.fromEntries(before) })
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => db.destroy() }
  await sql`alter table wecom_push.calls set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_limit = 2000)`.execute(
    db,
  )
  await sql`alter table wecom_push.events set (autovacuum_vacuum_cost_limit = 2000)`.execute(db)
  await migrateSafely(database.url)

  const { rows } = await sql<{ name: string; options: string }>`select relname as name,
      array_to_string(reloptions, ', ') as options from pg_class
    where relnamespace = 'wecom_push'::regnamespace and relkind = 'r'
      and array_to_string(reloptions, ', ') like '%vacuum%' order by relname`.execute(db)
  assert.deepEqual(Object.fromEntries(rows.map(({ name, options }) => [name, options])), {
    attempts: "autovacuum_vacuum_scale_factor=0.05",
    bodies: "autovacuum_vacuum_scale_factor=0.05",
    calls: "autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_limit=2000",
    chunks: "autovacuum_vacuum_scale_factor=0.05",
    events: "autovacuum_vacuum_cost_limit=2000, autovacuum_vacuum_scale_factor=0.05",
    idempotency: "autovacuum_vacuum_scale_factor=0.05",
  })
})
