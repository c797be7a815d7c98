import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { makeAdminKey } from "../../local-admin-key.ts"
import { StartRefusal } from "../start-refusal.ts"
import { aRequest, HOUR_MS, NOON } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"
import { migrate } from "./migrate.ts"
import { MIGRATIONS } from "./migrations/all.ts"

/** A database as a version left it that knew so many migrations. */
async function databaseOf(file: string, migrations: number, fill: (db: DatabaseSync) => void): Promise<void> {
  using db = new DatabaseSync(file)
  db.exec("pragma journal_mode = wal")
  await migrate(db, Object.fromEntries(Object.entries(MIGRATIONS).slice(0, migrations)))
  fill(db)
}

function addKeys(db: DatabaseSync, ids: readonly string[]): void {
  const insert = db.prepare(
    "insert into keys (id, name, prefix, hash, scopes, apps, created_at) values (?, 'k', 'wp_abcde', ?, '[\"send\"]', '\"all\"', ?)",
  )
  for (const [index, id] of ids.entries()) insert.run(id, String(index).padStart(64, "0"), NOON + index)
}

function audit(db: DatabaseSync, action: string, target: string, detail: unknown): void {
  db.prepare("insert into audit (at, actor, action, target, detail) values (?, 'local', ?, ?, ?)").run(
    NOON,
    action,
    target,
    JSON.stringify(detail),
  )
}

function used(db: DatabaseSync, keyId: string, key: string, message: string, at = NOON): void {
  db.prepare("insert into idempotency values (?, ?, 'f', ?, 'sent', 1, ?)").run(keyId, key, message, at + 72 * HOUR_MS)
}

test("keys that were rotated before clients were kept are told from the audit trail, however long the line", async () => {
  using folder = new TemporaryFolder()
  await databaseOf(folder.file(), 4, (db) => {
    addKeys(db, ["key_1", "key_2", "key_3", "key_4", "key_5"])
    audit(db, "key.created", "key_1", { name: "k" })
    audit(db, "key.rotated", "key_1", { successor: "key_2" })
    audit(db, "key.rotated", "key_2", { successor: "key_3" })
    audit(db, "key.rotated", "key_1", { successor: "key_5" })
    audit(db, "key.rotated", "key_gone", { successor: "key_gone_too" })
    audit(db, "key.rotated", "key_4", {})
  })
  await using stores = (await open(folder.file())).stores
  assert.deepEqual(
    (await stores.keys.list()).map(({ id, client, version }) => [id, client, version]),
    [
      ["key_1", "key_1", 1],
      ["key_2", "key_1", 1],
      ["key_3", "key_1", 1],
      ["key_4", "key_4", 1],
      ["key_5", "key_1", 1],
    ],
  )
})

test("idempotency keys from before go on working, those that were used with a successor too", async () => {
  using folder = new TemporaryFolder()
  await databaseOf(folder.file(), 4, (db) => {
    addKeys(db, ["key_1", "key_2", "key_3"])
    audit(db, "key.rotated", "key_1", { successor: "key_2" })
    used(db, "key_1", "old", "msg_old")
    used(db, "key_2", "new", "msg_new")
    used(db, "key_1", "both", "msg_first", NOON)
    used(db, "key_2", "both", "msg_second", NOON + 1)
    used(db, "key_3", "both", "msg_third")
    used(db, "key_environment", "both", "msg_admin")
  })
  await using stores = (await open(folder.file())).stores
  const earlier = async (client: string, key: string): Promise<string | undefined> => {
    const found = await stores.outbox.earlier({ client, key, fingerprint: "f" }, NOON)
    return found?.kind === "replayed" ? found.messageId : found?.kind
  }
  assert.equal(await earlier("key_1", "old"), "msg_old")
  assert.equal(await earlier("key_1", "new"), "msg_new")
  // Two messages were made of it; whoever repeats the request means the later one.
  assert.equal(await earlier("key_1", "both"), "msg_second")
  assert.equal(await earlier("key_3", "both"), "msg_third")
  assert.equal(await earlier("key_environment", "both"), "msg_admin")
  const idempotency = { client: "key_1", key: "old", fingerprint: "f", expiresAt: NOON + HOUR_MS }
  assert.equal((await stores.outbox.accept(aRequest({ idempotency }))).kind, "replayed")
})

test("apps, corps and the audit trail of a database from before go on, and the trail can be cut", async () => {
  using folder = new TemporaryFolder()
  await databaseOf(folder.file(), 4, (db) => {
    db.exec("insert into corps values ('ww1', '{\"lookup_miss_budget\": 5}')")
    for (let n = 0; n < 5; n++) audit(db, "app.changed", "alerts", {})
  })
  await using stores = (await open(folder.file())).stores
  assert.deepEqual(await stores.corps.read("ww1"), { settings: { lookup_miss_budget: 5 }, version: 1 })
  assert.deepEqual(await stores.audit.extent(), { entries: 5, deleted: undefined })
  assert.equal((await stores.audit.list({ limit: 9, apps: "all" })).items.length, 5)
  // Whom they were about was not written down.
  assert.equal((await stores.audit.list({ limit: 9, apps: ["alerts"] })).items.length, 0)
  const cutoffs = { now: NOON, finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, auditBefore: 0, limit: 100 }
  assert.equal((await stores.upkeep.prune({ ...cutoffs, auditEntries: 2 })).auditEntries, 3)
})

test("no key is added to a database of the version before: the gateway that runs on it would not know it", async () => {
  using folder = new TemporaryFolder()
  await databaseOf(folder.file(), 4, () => {})
  await assert.rejects(
    makeAdminKey(folder.file(), NOON),
    (error: unknown) => error instanceof StartRefusal && error.code === "older_schema",
  )
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  assert.match((await makeAdminKey(folder.file(), NOON)).key, /^wp_/)
})

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
