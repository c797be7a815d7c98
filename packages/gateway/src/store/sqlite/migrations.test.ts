import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { gunzipSync } from "node:zlib"
import { makeAdminKey } from "../../app/local-admin-key.ts"
import { migrateDatabase } from "../../app/migrate-database.ts"
import { packChunk } from "../../model/pack-chunk.ts"
import { StartRefusal } from "../../model/start-refusal.ts"
import { aCall, accepted, aChunk, begin, claimDue, HOUR_MS, NOON } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"

/** A database of 0.1.0, without its messages and its sealed secrets. */
function databaseOf010(file: string, fill: (db: DatabaseSync) => void = () => {}): void {
  writeFileSync(file, gunzipSync(readFileSync(join(KEPT, "0.1.0/sqlite.db.gz"))))
  using db = new DatabaseSync(file)
  for (const table of ["messages", "chunks", "calls", "attempts", "apps", "tokens"]) db.exec(`delete from ${table}`)
  // It was made with another master key.
  db.exec("delete from meta where name = 'master_key_check'")
  fill(db)
}

const KEPT = join(import.meta.dirname, "../../doors/http/testing/kept")

/** Tables with their columns, indexes with theirs, and triggers. */
function schemaOf(file: string): readonly unknown[] {
  using db = new DatabaseSync(file)
  return db
    .prepare(
      `select s.type, s.name, c.name as "column", c.type as "of", c."notnull", c.dflt_value, c.pk, c.hidden,
        case when s.type <> 'table' then s.sql end as sql
       from sqlite_schema as s left join pragma_table_xinfo(s.name) as c
       where s.name not like 'sqlite_%' order by s.name, c.name`,
    )
    .all()
    .map(({ sql, ...row }) => ({ ...row, sql: typeof sql === "string" ? sql.replaceAll(/\s+/g, " ") : sql }))
}

function stepsIn(file: string): unknown {
  using db = new DatabaseSync(file)
  return db.prepare("select name from kysely_migration order by name").all()
}

test("a file of 0.1.0 that is brought up to date has the tables of a new one, and lists the same steps", async () => {
  using folder = new TemporaryFolder()
  const [old, fresh] = [folder.file("old.db"), folder.file("new.db")]
  databaseOf010(old)
  for (const file of [old, fresh]) await (await open(file)).stores[Symbol.asyncDispose]()
  assert.deepEqual(schemaOf(old), schemaOf(fresh))
  assert.deepEqual(stepsIn(old), stepsIn(fresh))
})

function isTooOld(error: unknown): boolean {
  return (
    error instanceof StartRefusal &&
    error.code === "older_schema" &&
    error.problem.en.includes("(schema 17)") &&
    [error.hint.en, error.hint.zh].every((hint) => hint.includes("wecom-push@0.1.0 migrate"))
  )
}

test("a file from before 0.1.0 is refused, with the version to pass through, and not touched", async () => {
  using folder = new TemporaryFolder()
  const file = folder.file()
  const bytes = gunzipSync(readFileSync(join(KEPT, "before-large-texts/sqlite.db.gz")))
  writeFileSync(file, bytes)
  await assert.rejects(open(file), isTooOld)
  for (const dryRun of [true, false])
    await assert.rejects(migrateDatabase({ kind: "sqlite", file }, { dryRun }), isTooOld)
  await assert.rejects(makeAdminKey({ kind: "sqlite", file }, NOON), isTooOld)
  assert.deepEqual(readFileSync(file), bytes)
})

test("long contents that were stored in the row of their message are sent and deleted as others are", async () => {
  using folder = new TemporaryFolder()
  const part = JSON.stringify({ mpnews: "x".repeat(200_000) })
  databaseOf010(folder.file(), (db) => {
    db.prepare(
      `insert into messages (id, app, state, priority, due_at, accepted_at, send_at, expires_at, recipients, chunk_count,
       counts, key_id, msgtype, parts, chunk)
       values ('msg_old', 'alerts', 'open', 1, ?1, ?1, ?1, ?2, 1, 1, '{"pending":1}', 'k', 'mpnews', ?3, ?4)`,
    ).run(NOON, NOON + 9 * HOUR_MS, part, packChunk(aChunk(["1"])))
  })
  await using stores = (await open(folder.file())).stores
  const [claimed] = await claimDue(stores.outbox)
  assert.ok(claimed?.message.parts[0] === part)
  const call = await begin(stores.outbox, claimed, { call: aCall({ body: part }) })
  assert.equal(call.body, part)
  assert.deepEqual(await stores.outbox.settle([accepted(call)]), [true])
})

test("no key is added to a database of the version before: the gateway that runs on it would not know it", async () => {
  using folder = new TemporaryFolder()
  databaseOf010(folder.file())
  await assert.rejects(
    makeAdminKey({ kind: "sqlite", file: folder.file() }, NOON),
    (error: unknown) => error instanceof StartRefusal && error.code === "older_schema",
  )
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  assert.match((await makeAdminKey({ kind: "sqlite", file: folder.file() }, NOON)).key, /^wp_/)
})

// proves row 46: the audit trail
test("of the audit trail only what is marked as deleted can be deleted", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  const entry = { at: NOON, actor: "local", from: undefined, action: "a", target: undefined, detail: {}, apps: "all" }
  await stores.audit.append([1, 2, 3].map(() => ({ ...entry, apps: "all" as const })))
  const cutoffs = { now: NOON, finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, auditBefore: 0, limit: 100 }
  await stores.upkeep.prune({ ...cutoffs, auditEntries: 2 })
  await stores[Symbol.asyncDispose]()
  using db = new DatabaseSync(folder.file())
  assert.throws(() => db.exec("delete from audit where id = 2"), /append-only/)
  db.exec("delete from meta where name = 'audit_deleted_to'")
  assert.throws(() => db.exec("delete from audit"), /append-only/)
})
