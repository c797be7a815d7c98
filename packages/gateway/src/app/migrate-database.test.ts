import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { migrateDatabase } from "./migrate-database.ts"
import { migrate, SCHEMA_VERSION as OF_FILES } from "../store/sqlite/migrate.ts"
import { MIGRATIONS } from "../store/sqlite/migrations/all.ts"
import { SCHEMA_VERSION as SHARED } from "../store/postgres/migrate.ts"
import { newDatabase } from "../store/postgres/testing/cluster.ts"
import { openNode } from "../store/postgres/testing/open-store.ts"
import { open, TemporaryFolder } from "../store/testing/open-store.ts"

test("a file of an older version: a dry run names the steps and changes nothing, then it is of this one", async () => {
  using folder = new TemporaryFolder()
  const file = folder.file()
  const db = new DatabaseSync(file)
  await migrate(db, { migrations: Object.fromEntries(Object.entries(MIGRATIONS).slice(0, 2)) })
  db.close()
  const database = { kind: "sqlite", file } as const
  const steps = Object.keys(MIGRATIONS).slice(2)
  assert.deepEqual(await migrateDatabase(database, { dryRun: true }), { from: 19, to: OF_FILES, steps })
  assert.deepEqual(await migrateDatabase(database, { dryRun: false }), { from: 19, to: OF_FILES, steps })
  assert.deepEqual(await migrateDatabase(database, { dryRun: false }), { from: OF_FILES, to: OF_FILES, steps: [] })
  await using _ = (await open(file)).stores
  await assert.rejects(migrateDatabase(database, { dryRun: true }), { code: "locked" })
})

// proves N9: two versions together
test("an empty database of PostgreSQL gets its tables, and those of the jobs, beside nodes that run too", async () => {
  await using shared = await newDatabase()
  const database = { kind: "postgres", url: shared.url } as const
  const steps = ["0001-first", "0002-messages", "0003-limits"]
  assert.deepEqual((await migrateDatabase(database, { dryRun: true })).steps.slice(0, 3), steps)
  assert.deepEqual((await migrateDatabase(database, { dryRun: false })).from, 0)
  await using _ = (await openNode(shared.url)).stores
  assert.deepEqual(await migrateDatabase(database, { dryRun: false }), { from: SHARED, to: SHARED, steps: [] })
})
