import assert from "node:assert/strict"
import { DatabaseSync, StatementSync } from "node:sqlite"
import { test } from "node:test"
import type { TestContext } from "node:test"
import type { TaskType } from "@wecom-push/protocol/delivery"
import type { Priority } from "../../model/message.ts"
import type { OutboxStore } from "../../model/ports/outbox.ts"
import type { AppScope } from "../../model/ports/reader.ts"
import type { LocalStores } from "../../model/ports/stores.ts"
import { aRequest, begin, busy, HOUR_MS, NOON } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"

/** Tables that grow with the gateway's history. */
const LONG = new Set([
  "messages",
  "chunks",
  "calls",
  "attempts",
  "bodies",
  "idempotency",
  "events",
  "audit",
  "lookups",
  "media",
  "media_apps",
  "media_places",
  "media_uses",
  "callbacks",
  "card_codes",
])

/** Statements that read a table or an index from one end, and stop after as many rows as they are asked for. */
const ORDERED = /\blimit\b|^\s*select (?:coalesce\()?m(?:ax|in)\(/i

/** Statements that read a table whole, and why that does no harm: only at a start, except the last one. */
const WHOLE: Readonly<Record<string, string>> = {
  "select app, priority, key_id, count(*) as unfinished from messages indexed by messages_late":
    "unfinished, of an index by itself",
  "select app, priority, key_id, count(*) as unfinished from messages indexed by messages_behind":
    "the same, of its other half",
  "select key_id, app, bytes from media": "stored files, of which WECOM_PUSH_FILES_LIMIT_MIB bounds how many there are",
  "select accepted_at, seq from messages where seq in (select message from calls indexed by calls_in_flight":
    "calls under way, of an index by itself",
}

// proves 12.R14: long histories
test("12.R14: no statement of the store walks a table that grows with the history", async (t) => {
  using folder = new TemporaryFolder()
  // Created first: the migrations run once.
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  const prepare = t.mock.method(DatabaseSync.prototype, "prepare")
  {
    await using stores = (await open(folder.file())).stores
    // Its statements are prepared when they are first used.
    const app = { name: "alerts", corpId: "ww1", agentId: 1, settings: {}, secrets: { secret: "s" } } as const
    await stores.apps.put(app, NOON)
    const press = { msgtype: "template_card", taskId: "deploy", userid: "zhangsan", responseCode: "code" } as const
    await stores.callbacks.keep({ app: "alerts", id: "1", at: NOON, type: "card.clicked", data: {}, press })
    await stores.callbacks.cardCodes("msg_1", { since: NOON })
    await stores.audit.extent()
    assert.equal(await stores.apps.remove("alerts", NOON), "removed")
  }
  const prepared = new Set(prepare.mock.calls.map(({ arguments: [sql] }) => sql))
  prepare.mock.restore()
  const statements = [...prepared].filter((sql) => /^\s*(?:select|update|delete|insert|with)\b/i.test(sql))
  assert.ok(statements.length > 100, `${statements.length} statements`)
  using db = new DatabaseSync(folder.file(), { readOnly: true })
  const found: string[] = []
  for (const sql of statements) {
    for (const { detail } of db.prepare(`explain query plan ${sql}`).all()) {
      // Whether the search reads everything that an app ever sent.
      const isWhole =
        /^SCAN (\w+)|^SEARCH (\w+) USING (?:COVERING )?INDEX (?:messages_of_app|events_of_app|audit_of_apps) \(apps?=\?\)/
      const [, scanned = "", searched = scanned] = isWhole.exec(String(detail)) ?? []
      if (!LONG.has(searched) || ORDERED.test(sql)) continue
      if (Object.keys(WHOLE).some((beginning) => normal(sql).startsWith(beginning))) continue
      found.push(`${String(detail)}: ${normal(sql)}`)
    }
  }
  assert.deepEqual(found, [])
})

for (const [msgtype, plan] of Object.entries({
  template_card: [
    "SEARCH messages USING INDEX messages_by_task (app=? AND <expr>>? AND <expr><?)",
    // The names of apps that have sent cards, one by one.
    "SEARCH messages USING COVERING INDEX messages_by_task",
    "SEARCH messages USING COVERING INDEX messages_by_task (app>?)",
  ],
  taskcard: ["SEARCH messages USING INDEX messages_by_task_card (app=? AND <expr>>? AND <expr><?)"],
} as const)) {
  test(`the ${msgtype} of a press is found by its task, however many messages there are`, async (t) => {
    using folder = new TemporaryFolder()
    await using stores = (await open(folder.file())).stores
    const prepare = t.mock.method(DatabaseSync.prototype, "prepare")
    const press = { msgtype: msgtype as TaskType, taskId: "deploy", userid: "zhangsan", responseCode: "code" }
    await stores.callbacks.keep({ app: "alerts", id: "1", at: NOON, type: "card.clicked", data: {}, press })
    const sql = prepare.mock.calls.map(({ arguments: [sql] }) => sql).find((sql) => sql.includes("task_id between"))
    prepare.mock.restore()
    using db = new DatabaseSync(folder.file(), { readOnly: true })
    const found = db.prepare(`explain query plan ${sql}`).all()
    const searched = found.map(({ detail }) => String(detail)).filter((detail) => detail.includes("messages"))
    assert.deepEqual(searched, plan)
  })
}

/** Messages for a list of unfinished ones. Accepted in the order of these calls. */
const ADD = {
  queued: ({ outbox }, count) => accept(outbox, count, NOON),
  "queued since its time": ({ outbox }, count) => accept(outbox, count, NOON + HOUR_MS),
  scheduled: ({ outbox }, count) => accept(outbox, count, NOON + 24 * HOUR_MS),
  /** Five of them under way: the governor limits how many. Others are to be repeated. */
  async sending({ outbox }, count) {
    await accept(outbox, count, NOON, "high")
    const claimed = await outbox.claim({
      app: "alerts",
      priority: "high",
      now: NOON + 60_000,
      limit: count,
      leaseMs: HOUR_MS,
    })
    const started = await Promise.all(claimed.map((message) => begin(outbox, message)))
    await outbox.settle(started.slice(5).map((call) => busy(call)))
  },
} satisfies Record<string, (stores: LocalStores, count: number) => Promise<void>>

for (const [most, addMost] of Object.entries(ADD)) {
  // proves 12.R14: long histories
  test(`12.R14: a list of one state reads little more than it shows, where most are ${most}`, async (t) => {
    using folder = new TemporaryFolder()
    await using stores = (await open(folder.file())).stores
    for (const add of Object.values(ADD)) await add(stores, 5)
    await addMost(stores, 1000)
    for (const state of ["queued", "sending", "scheduled"] as const) {
      const query = { apps: "all", state, now: NOON + 2 * HOUR_MS, limit: 10 } as const
      const { rows, result } = await rowsRead(t, folder, () => stores.reader.messages(query))
      const few = state === "queued" ? 10 : 5
      assert.equal(result.items.length, most.startsWith(state) ? 10 : few, state)
      assert.ok(rows < 60, `${state}: ${rows} rows`)
    }
  })
}

// proves 12.R14: long histories
test("12.R14: a key of few apps reads little more of the audit trail than it sees", async (t) => {
  using folder = new TemporaryFolder()
  await using stores = (await open(folder.file())).stores
  const entry = { at: NOON, actor: "local", from: undefined, action: "a", target: undefined, detail: {} }
  const add = (count: number, apps: (n: number) => AppScope): Promise<void> =>
    stores.audit.append(Array.from({ length: count }, (_, n) => ({ ...entry, apps: apps(n) })))
  await add(9, (n) => [["alerts"], ["hr"], ["alerts", "hr"]][n % 3] ?? [])
  await add(3000, (n) => [["alerts", "it"], ["it"], [`app_${n}`]][n % 3] ?? [])
  await add(1000, () => "all")
  const list = () => stores.audit.list({ limit: 5, apps: ["alerts", "hr", "none"] })
  const { rows, result } = await rowsRead(t, folder, list)
  assert.equal(result.items.length, 5)
  assert.ok(rows < 60, `${rows} rows`)
})

/** The rows that each query returns, none of which sorts many. */
async function rowsRead<T>(
  t: TestContext,
  folder: TemporaryFolder,
  work: () => Promise<T>,
): Promise<{ rows: number; result: T }> {
  const all = t.mock.method(StatementSync.prototype, "all")
  const get = t.mock.method(StatementSync.prototype, "get")
  const result = await work()
  const rows = all.mock.calls.reduce((sum, { result: found = [] }) => sum + found.length, get.mock.callCount())
  const statements = new Set(
    all.mock.calls.map(({ this: statement }) => {
      assert.ok(statement instanceof StatementSync)
      return statement.sourceSQL
    }),
  )
  all.mock.restore()
  get.mock.restore()
  using db = new DatabaseSync(folder.file(), { readOnly: true })
  for (const sql of statements) {
    const plan = db.prepare(`explain query plan ${sql}`).all()
    assert.deepEqual(
      plan.filter(({ detail }) => String(detail).includes("TEMP B-TREE")),
      [],
      sql,
    )
  }
  return { rows, result }
}

let accepted = 0

async function accept(
  outbox: OutboxStore,
  count: number,
  sendAt: number,
  priority: Priority = "normal",
): Promise<void> {
  const requests = Array.from({ length: count }, () => {
    const acceptedAt = NOON + ++accepted
    return aRequest({ id: `msg_${accepted}`, acceptedAt, sendAt: Math.max(acceptedAt, sendAt), priority })
  })
  await Promise.all(requests.map((request) => outbox.accept(request)))
}

function normal(sql: string): string {
  return sql.replaceAll(/\s+/g, " ").trim()
}
