import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import type { MessageState } from "@wecom-push/protocol/delivery"
import { makeAdminKey } from "../../app/local-admin-key.ts"
import { agentParty } from "../../model/party.ts"
import { packChunk } from "../../model/pack-chunk.ts"
import { SecretBox } from "../secret-box.ts"
import { StartRefusal } from "../../model/start-refusal.ts"
import { aCall, accepted, aChunk, aRequest, begin, claimDue, HOUR_MS, NOON, updateOf } from "../testing/build.ts"
import { MASTER_KEY, open, TemporaryFolder } from "../testing/open-store.ts"
import { sealedPlaces } from "../sealed-places.ts"
import { migrate } from "./migrate.ts"
import { MIGRATIONS } from "./migrations/all.ts"

/** A database as a version left it that knew so many migrations. */
async function databaseOf(file: string, migrations: number, fill: (db: DatabaseSync) => void): Promise<void> {
  using db = new DatabaseSync(file)
  db.exec("pragma journal_mode = wal")
  await migrate(db, { migrations: Object.fromEntries(Object.entries(MIGRATIONS).slice(0, migrations)) })
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

test("keys that were rotated before clients were kept are found in the audit trail, however long the line", async () => {
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

// proves C4: one key, another client
test("idempotency keys from before still work, those that were used with a successor too", async () => {
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

test("apps, corps and the audit trail of a database from before still work, and the trail can be cut", async () => {
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

/** An app, a message of it with one call, and what it has used: as they were before agents were told apart. */
function addApp(db: DatabaseSync, name: string, agentId: number, hash: string, taken: number): void {
  const secrets = new SecretBox(MASTER_KEY).seal("{}", sealedPlaces.app(name))
  const id = `msg_${name}`
  db.prepare("insert into apps values (?, 'ww1', ?, 1, 1, '{}', null, ?, 1)").run(name, agentId, secrets)
  const { lastInsertRowid: seq } = db
    .prepare(
      `insert into messages (id, app, state, priority, accepted_at, send_at, expires_at, recipients, chunk_count, counts,
       key_id, msgtype, parts) values (?1, ?2, 'open', 1, ?3, ?3, ?3, 1, 1, '{"pending":1}', 'k', 'text', '[]')`,
    )
    .run(id, name, NOON)
  db.prepare(
    `insert into calls (message, number, part, final, attempts, spent, crashes, may_have_arrived, first_try_at, started_at,
     result, guard, positions, checksum, body) values (?1, 1, 0, 0, 1, 0, 0, 1, ?2, ?2, 'in_doubt', ?3, '0', 0, ?4)`,
  ).run(seq, NOON, hash, JSON.stringify({ touser: `people of ${name}` }))
  db.prepare("insert into bodies (app, hash, message, call, at) values (?, ?, ?, 1, ?)").run(name, hash, id, NOON)
  db.prepare("insert into person_times (app, day, taken) values (?, '2026-11-25', ?)").run(name, taken)
  db.prepare("insert into pauses values (?, ?, ?)").run(`message/send ${name}`, NOON + taken, Math.ceil(taken / 30))
}

// proves 12.R3: existing data, merged to the stricter
test("12.R3: what apps that are one agent have used is added up, and what went out through one is known to the others", async () => {
  using folder = new TemporaryFolder()
  await databaseOf(folder.file(), 8, (db) => {
    addApp(db, "alerts", 1, "a", 70)
    addApp(db, "alarms", 1, "b", 50)
    addApp(db, "hr", 2, "a", 3)
    db.exec("insert into person_times (app, day, taken) values ('gone', '2026-11-25', 9)")
    db.exec("insert into bodies (app, hash, message, call, at) values ('gone', 'g', 'msg_gone', 1, 1)")
  })
  await using stores = (await open(folder.file())).stores
  const party = agentParty({ corpId: "ww1", agentId: 1 })
  const hr = agentParty({ corpId: "ww1", agentId: 2 })
  const takenOf = (one: typeof party) => stores.personTimes.taken(one, "2026-11-25")
  assert.deepEqual([await takenOf(party), await takenOf(hr)], [120, 3])
  assert.deepEqual(await stores.lookups.getPause("message/send ww1/1"), { until: NOON + 70, step: 3 })
  assert.deepEqual(await stores.lookups.getPause("message/send ww1/2"), { until: NOON + 3, step: 1 })
  assert.equal(await stores.lookups.getPause("message/send alerts"), undefined)

  const { items } = await stores.reader.sends({ from: NOON - HOUR_MS, limit: 9 })
  const sends = items.map(({ party: { partyId }, named }) => `${partyId} ${named.touser}`)
  assert.deepEqual(sends.toSorted(), ["1 people of alarms", "1 people of alerts", "2 people of hr"])

  await stores.outbox.accept(aRequest({ id: "msg_new", app: "alarms" }))
  const claimed = await claimDue(stores.outbox, { app: "alarms", now: NOON + 1 })
  const guard = { hash: "a", windowMs: HOUR_MS, bodyWithoutCheck: "{}" }
  const message = claimed.find(({ messageId }) => messageId === "msg_new")
  assert.ok(message !== undefined)
  const started = await begin(stores.outbox, message, { at: NOON + 1, call: aCall({ party, guard }) })
  assert.equal(started.earlier?.messageId, "msg_alerts")
})

/** A message that is pending or cancelled, with one call or none: as they were before lists knew what has begun. */
function addMessage(db: DatabaseSync, id: string, sendAt: number, isOpen: boolean, hasCall: boolean): void {
  const state = isOpen ? "pending" : "cancelled"
  const { lastInsertRowid: seq } = db
    .prepare(
      `insert into messages (id, app, state, priority, accepted_at, send_at, expires_at, finished_at, recipients,
       chunk_count, counts, key_id, msgtype, parts, chunk)
       values (?, 'alerts', ?, 1, ?, ?, ?, ?, 1, 1, ?, 'k', 'text', '[]', ?)`,
    )
    .run(
      id,
      isOpen ? "open" : state,
      NOON,
      sendAt,
      NOON + 9 * HOUR_MS,
      isOpen ? null : NOON,
      JSON.stringify({ [state]: 1 }),
      packChunk(aChunk(["1"], { states: [state] })),
    )
  if (!hasCall) return
  db.prepare(
    `insert into calls (message, number, part, final, attempts, spent, crashes, may_have_arrived, first_try_at,
     started_at, positions, checksum, body) values (?1, 1, 0, 1, 1, 0, 0, 0, ?2, ?2, '0', 0, '{}')`,
  ).run(seq, NOON)
}

// proves 12.R14: long histories
test("12.R14: what was open before lists knew what has begun is listed as it is shown, also once it is retried", async () => {
  using folder = new TemporaryFolder()
  await databaseOf(folder.file(), 10, (db) => {
    addMessage(db, "msg_queued", NOON, true, false)
    addMessage(db, "msg_scheduled", NOON + HOUR_MS, true, false)
    addMessage(db, "msg_sending", NOON, true, true)
    addMessage(db, "msg_begun", NOON, false, true)
    addMessage(db, "msg_cancelled", NOON, false, false)
  })
  await using stores = (await open(folder.file())).stores
  const listed = async (state: MessageState): Promise<string> => {
    const { items } = await stores.reader.messages({ apps: "all", now: NOON, limit: 9, state })
    assert.deepEqual(new Set(items.map((item) => item.state)), new Set(items.length === 0 ? [] : [state]))
    return items.map(({ id }) => id).join(" ")
  }
  assert.equal(await listed("queued"), "msg_queued")
  assert.equal(await listed("scheduled"), "msg_scheduled")
  assert.equal(await listed("sending"), "msg_sending")
  assert.equal(await listed("cancelled"), "msg_cancelled msg_begun")
  for (const messageId of ["msg_begun", "msg_cancelled"]) {
    await stores.outbox.update({ messageId, at: NOON, updates: [updateOf("pending", { from: ["cancelled"] })] })
  }
  assert.equal(await listed("queued"), "msg_cancelled msg_queued")
  assert.equal(await listed("sending"), "msg_begun msg_sending")
})

test("long contents that were stored in the row of their message are sent and deleted as others are", async () => {
  using folder = new TemporaryFolder()
  const part = JSON.stringify({ mpnews: "x".repeat(200_000) })
  await databaseOf(folder.file(), 17, (db) => {
    addMessage(db, "msg_old", NOON, true, false)
    db.prepare("update messages set due_at = ?, msgtype = 'mpnews', parts = ?").run(NOON, part)
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
  await databaseOf(folder.file(), 4, () => {})
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
