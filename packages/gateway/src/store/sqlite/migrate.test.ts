import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { sql } from "kysely"
import type { Migration } from "kysely/migration"
import { migrate, SCHEMA_VERSION, schemaVersion } from "./migrate.ts"
import { FIRST_VERSION } from "./first-version.ts"
import { MIGRATIONS, stepsAfter } from "./migrations/all.ts"

const STEPS = [
  "create table a (x)",
  "alter table messages add column y text",
  "insert into a values (1)",
  "create index b on a (x)",
]

function schemaOf(db: DatabaseSync): unknown[] {
  return db.prepare("select name, sql from sqlite_schema order by name").all()
}

/** A migration that fails after a number of its steps. */
function nextMigration(failAfter: number): Readonly<Record<string, Migration>> {
  const next: Migration = {
    async up(db) {
      for (const [index, step] of STEPS.entries()) {
        if (index === failAfter) throw new Error("the disk failed")
        await sql.raw(step).execute(db)
      }
      if (failAfter === STEPS.length) throw new Error("the disk failed")
    },
  }
  return { ...MIGRATIONS, "9999-next": next }
}

// proves S14: half a migration
test("S14: a migration that fails at any step leaves the schema as it was, and resumes once corrected", async () => {
  using db = new DatabaseSync(":memory:")
  await migrate(db)
  const before = schemaOf(db)
  for (let failAfter = 0; failAfter <= STEPS.length; failAfter++) {
    await assert.rejects(migrate(db, { migrations: nextMigration(failAfter) }), /the disk failed/)
    assert.deepEqual(schemaOf(db), before, `after ${failAfter} steps`)
    assert.equal(schemaVersion(db), SCHEMA_VERSION)
    assert.equal(db.isTransaction, false)
  }
  await migrate(db, { migrations: nextMigration(Infinity) })
  assert.equal(schemaVersion(db), SCHEMA_VERSION + 1)
  assert.deepEqual(db.prepare("select x from a").all().length, 1)
})

test("the version that this gateway knows is made by its last migration, each of which is a file of its own", () => {
  const names = Object.keys(MIGRATIONS)
  assert.equal(Number(names.at(-1)?.slice(0, 4)), SCHEMA_VERSION)
  const files = readdirSync(join(import.meta.dirname, "migrations")).filter((name) => /^\d/.test(name))
  assert.deepEqual(
    files.map((name) => name.replace(".ts", "")),
    names,
  )
  assert.deepEqual([stepsAfter(0), stepsAfter(FIRST_VERSION), stepsAfter(SCHEMA_VERSION)], [names, names.slice(1), []])
})

// proves S8: reads that turn into writes
test("S8: writers begin immediately, so that none has to upgrade a read that is out of date", () => {
  const begins = readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .flatMap((name) => [...readFileSync(join(import.meta.dirname, name), "utf8").matchAll(BEGIN)])
    .map(([, kind]) => kind)
  assert.deepEqual(new Set(begins), new Set(["exclusive", "immediate"]))
})

const BEGIN = /(?:exec|run)\(\s*["`][^"`]*\bbegin\b ?([a-z]*)/g
