import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import type { AppRecord, LimitsDiffer, OlderGateways, NewApp } from "../../model/ports/apps.ts"
import type { NewKey } from "../../model/ports/keys.ts"
import type { Versioned } from "../../model/ports/versions.ts"
import { NOON } from "../testing/build.ts"
import { connect } from "./connection.ts"
import type { Stores } from "../../model/ports/stores.ts"
import { LOCKS } from "./locks.ts"
import { serverVersion } from "./testing/cluster.ts"
import { FaultyWay } from "./testing/faulty-way.ts"
import { openNode } from "./testing/open-store.ts"
import { atOnce, openTwoNodes, untilWaiting } from "./testing/two-nodes.ts"

const app: NewApp = {
  name: "alerts",
  corpId: "ww0000000000000001",
  agentId: 1_000_002,
  settings: {},
  secrets: { secret: "canary-secret" },
}
const key: NewKey = {
  id: "key_1",
  client: "key_1",
  name: "deploy",
  prefix: "wp_abcde",
  hash: "ab".repeat(32),
  scopes: ["send"],
  apps: "all",
  audienceCap: undefined,
  overflow: undefined,
  forward: [],
  createdAt: NOON,
}
const entry = {
  at: NOON,
  actor: "key_1",
  from: undefined,
  action: "app.put",
  target: "alerts",
  detail: {},
  apps: "all",
} as const

/** The last statement of every change of an app. */
const EVENTS = sql`select pg_advisory_xact_lock(${LOCKS.events})`

const keep = ({ callbacks }: Stores, id: string): Promise<unknown> =>
  callbacks.keep({ app: "alerts", id, at: NOON, type: "wecom.text", data: {} })
const isFirst = ({ version }: Versioned): boolean => version === 1
const times = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)
const isMade = (made: AppRecord | LimitsDiffer | OlderGateways | undefined): made is AppRecord =>
  made !== undefined && "version" in made

test("an app registered on two nodes at once is stored once, and the other node gets a refusal", async () => {
  await using nodes = await openTwoNodes()
  const made = await atOnce(nodes, EVENTS, () => nodes.both.map(({ apps }) => apps.create(app, NOON)))
  assert.equal(made.filter((one) => one === undefined).length, 1)
  assert.equal((await nodes.one.apps.list()).length, 1)
})

// proves 13.K4: a node that hangs
test("a node that hangs in the middle of a transaction blocks the others for seconds only", async () => {
  await using nodes = await openTwoNodes()
  const frozen = connect({ url: nodes.url, maxConnections: 1, onLost: () => {} })
  const [hasLock, hangs] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const standing = frozen.transaction().execute(async (tx) => {
    await EVENTS.execute(tx)
    hasLock.resolve()
    await hangs.promise
  })
  standing.catch(() => undefined)
  await hasLock.promise
  const from = performance.now()
  await nodes.two.apps.create(app, NOON)
  // The server ends its connection after three seconds; by itself it would hang until the end of the test.
  assert.ok(performance.now() - from < 30_000, `${performance.now() - from} ms`)
  hangs.resolve()
  await assert.rejects(standing)
  await frozen.destroy()
})

// proves 13.K4: a node that hangs
test("a node that hangs while several of its changes wait to write events delays no other node", async () => {
  await using nodes = await openTwoNodes()
  let isHung = false
  const way = await FaultyWay.to(nodes.url, () => (isHung ? "silence" : undefined))
  const hung = await openNode(way.url)
  await using resources = new AsyncDisposableStack()
  resources.use(hung.stores)
  resources.use(way)
  await nodes.database.transaction().execute(async (tx) => {
    await EVENTS.execute(tx)
    for (const n of times(4)) keep(hung.stores, `hung ${n}`).catch(() => undefined)
    await untilWaiting(nodes.database, 4)
    isHung = true
  })
  const from = performance.now()
  await keep(nodes.two, "other")
  // Were the lock kept until the server ends each of the four connections, three seconds apart, it would take twelve.
  assert.ok(performance.now() - from < 10_000, `${performance.now() - from} ms`)
  assert.equal((await nodes.two.events.since(0, { limit: 10, apps: "all" })).length, 5)
})

test("names of one agent registered on two nodes at once never end with differing limits", async () => {
  await using nodes = await openTwoNodes()
  const made = await atOnce(nodes, EVENTS, () =>
    nodes.both.map(({ apps }, index) =>
      apps.create({ ...app, name: `app${index}`, settings: { account_cap: 100 + index } }, NOON),
    ),
  )
  const record = made.find(isMade)
  const refused = made.filter((one) => one !== undefined && "differsFrom" in one)
  const value = record?.settings["account_cap"]
  assert.deepEqual(refused, [{ differsFrom: record?.name, limits: [{ setting: "account_cap", value }] }])
})

test("a name that joins an agent on one node has the limits that another node is changing", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.apps.put(app, NOON)
  await atOnce<unknown>(nodes, EVENTS, () => [
    nodes.one.apps.change("alerts", { settings: { account_cap: 100 } }, NOON),
    nodes.two.apps.put({ ...app, name: "alarms", settings: { share_calls: true } }, NOON),
  ])
  const [alarms, alerts] = await nodes.one.apps.list()
  assert.deepEqual(alerts?.settings, { account_cap: 100 })
  assert.deepEqual(alarms?.settings, { share_calls: true, account_cap: 100 })
})

test("limits of one agent changed through two of its names, on two nodes at once, stay the same for both", async () => {
  await using nodes = await openTwoNodes()
  const names = ["alerts", "alarms"]
  for (const name of names) await nodes.one.apps.put({ ...app, name }, NOON)
  await Promise.all(
    times(20).map((n) => {
      const { apps } = nodes.both[n % 2] ?? assert.fail()
      return apps.change(names[Math.floor(n / 2) % 2] ?? "", { settings: { member_per_minute: n } }, NOON)
    }),
  )
  const [alarms, alerts] = await nodes.one.apps.list()
  assert.deepEqual(alarms?.settings, alerts?.settings)
  assert.deepEqual([alarms?.version, alerts?.version], [21, 21])
})

test("of changes that expect one version, made on two nodes at once, one is made and the other node gets a refusal", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.apps.put(app, NOON)
  const changed = await atOnce(nodes, EVENTS, () =>
    nodes.both.map(({ apps }, index) => apps.change("alerts", { secret: String(index) }, NOON, isFirst)),
  )
  assert.deepEqual(
    changed.filter((one) => typeof one === "string"),
    ["stale"],
  )

  await nodes.one.corps.put("ww1", {}, NOON)
  const corp = sql`select from wecom_push.corps for update`
  const put = await atOnce(nodes, corp, () => nodes.both.map(({ corps }) => corps.put("ww1", { a: 1 }, NOON, isFirst)))
  assert.equal(put.filter((one) => one === "stale").length, 1)

  await nodes.one.keys.add(key)
  const keys = sql`select from wecom_push.keys for update`
  const ended = await atOnce(nodes, keys, () => nodes.both.map((one) => one.keys.revoke("key_1", NOON, isFirst)))
  assert.deepEqual(ended.toSorted(), ["revoked", "stale"])
})

test("the first settings of a corp, given on two nodes at once, are those of one", async () => {
  await using nodes = await openTwoNodes()
  const corps = sql`lock table wecom_push.corps in exclusive mode`
  const put = await atOnce(nodes, corps, () =>
    nodes.both.map((one, index) => one.corps.put("ww1", { index }, NOON, ({ version }) => version === 0)),
  )
  assert.equal(put.filter((one) => one === "stale").length, 1)
  assert.equal((await nodes.one.corps.read("ww1")).version, 1)
})

test("a key that is revoked on one node gets no successor on another", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.keys.add(key)
  const ended = await atOnce<string>(nodes, sql`select from wecom_push.keys for update`, () => [
    nodes.one.keys.revoke("key_1", NOON),
    nodes.two.keys.rotate("key_1", { ...key, id: "key_2", hash: "cd".repeat(32) }),
  ])
  const [revoked, successor] = await nodes.one.keys.list()
  assert.equal(revoked?.revokedAt, NOON)
  assert.equal(successor !== undefined, ended[1] === "added")
})

test("the last use of keys reported by two nodes at once is the latest, and neither waits for the other", async () => {
  await using nodes = await openTwoNodes()
  const ids = times(50).map((n) => `key_${n}`)
  for (const id of ids) await nodes.one.keys.add({ ...key, id, hash: id })
  await Promise.all(
    times(20).map((n) => {
      const uses = ids.map((id) => ({ id, at: NOON + n }))
      const { keys } = nodes.both[n % 2] ?? assert.fail()
      return keys.used(n % 3 === 0 ? uses.toReversed() : uses)
    }),
  )
  assert.deepEqual(new Set((await nodes.one.keys.list()).map(({ lastUsedAt }) => lastUsedAt)), new Set([NOON + 19]))
})

test("the audit trail of two nodes has its numbers in the order of commits, without a gap", async () => {
  await using nodes = await openTwoNodes()
  await Promise.all(
    times(30).map((n) => {
      const { audit } = nodes.both[n % 2] ?? assert.fail()
      // A transaction that is rolled back leaves no gap.
      const bad = { ...entry, at: 1.5 }
      return n % 5 === 0 ? assert.rejects(audit.append([entry, bad])) : audit.append([entry, entry])
    }),
  )
  const { items } = await nodes.two.audit.list({ limit: 100, apps: "all" })
  assert.deepEqual(
    items.map(({ id }) => id),
    times(48).map((n) => 48 - n),
  )
  assert.deepEqual(await nodes.one.audit.extent(), { entries: 48, deleted: undefined })
})

test("an entry of the audit trail is neither changed nor deleted by any user of the database", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.audit.append([entry])
  for (const statement of [
    "update wecom_push.audit set actor = 'other'",
    "delete from wecom_push.audit",
    "truncate wecom_push.audit",
  ]) {
    await assert.rejects(sql.raw(statement).execute(nodes.database), /append-only/)
  }
})

test("an entry of the audit trail is kept whatever was sent", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.audit.append([{ ...entry, target: "a\0b\uD800", detail: { text: "\0\uD800" } }])
  const { items } = await nodes.one.audit.list({ limit: 1, apps: "all" })
  assert.deepEqual(items[0]?.detail, { text: "\0\uD800" })
})

test("a delivery reported to two nodes at once makes one event", async () => {
  await using nodes = await openTwoNodes()
  for (const n of times(10)) {
    const callback = { app: "alerts", id: String(n), at: NOON, type: "wecom.enter_agent", data: {} } as const
    const kept = await Promise.all(nodes.both.map(({ callbacks }) => callbacks.keep(callback)))
    assert.deepEqual(kept.toSorted(), ["kept", "known"])
  }
  assert.equal((await nodes.one.events.since(0, { limit: 99, apps: "all" })).length, 10)
})

test("look-ups stored by two nodes at once, in any order, are all there", async () => {
  await using nodes = await openTwoNodes()
  const keys = times(25_000).map((n) => `mobile ${n}`)
  await Promise.all(
    nodes.both.map(({ lookups }, index) => {
      const entries = keys.map((one) => [one, { userid: `user of ${one}`, storedAt: NOON }] as const)
      return lookups.set(index === 0 ? entries : entries.toReversed())
    }),
  )
  const asked = [...keys, "unknown", ...keys.slice(0, 3)]
  assert.deepEqual(
    await nodes.two.lookups.userids(asked, NOON, NOON),
    asked.map((one) => (one === "unknown" ? undefined : `user of ${one}`)),
  )
  assert.equal((await nodes.two.lookups.get(asked)).filter((one) => one === undefined).length, 1)
})

const withoutIcu = (await serverVersion()) < 150_000 && "before PostgreSQL 15 no database has a language of ICU"

test("names are in the order of their bytes, whatever the language of the database", { skip: withoutIcu }, async () => {
  await using nodes = await openTwoNodes("template template0 locale_provider icu icu_locale 'zh'")
  const names = ["B", "a", "b", "中", "ä", "-", "A"]
  for (const name of names) await nodes.one.apps.put({ ...app, agentId: name.codePointAt(0) ?? 0, name }, NOON)
  assert.deepEqual(
    (await nodes.one.apps.list()).map(({ name }) => name),
    ["-", "A", "B", "a", "b", "ä", "中"],
  )
})

// proves 32.robots: no app of a kind that a node beside does not know
test("an app of another kind is not registered while a node of an older version is alive, and from then on none starts", async () => {
  await using nodes = await openTwoNodes()
  const { database } = nodes
  const robot: NewApp = { ...app, name: "robot", kind: "robot", corpId: "a-hash", agentId: 0 }
  const older = sql`update wecom_push.nodes set app_kinds = default where number = (select max(number) from wecom_push.nodes)`
  await older.execute(database)
  assert.deepEqual(await nodes.one.apps.create(robot, NOON), { olderGateways: true })
  assert.equal(await nodes.one.apps.get("robot"), undefined)
  assert.ok(isMade(await nodes.one.apps.create(app, NOON)))

  const compatibleFrom = async (): Promise<number> => {
    const { rows } = await sql<{ value: string }>`select value from wecom_push.meta
      where name = 'compatible_from'`.execute(database)
    return Number(rows[0]?.value)
  }
  const before = await compatibleFrom()
  await sql`update wecom_push.nodes set app_kinds = '{app,robot}'`.execute(database)
  assert.ok(isMade(await nodes.two.apps.create(robot, NOON)))
  assert.ok((await compatibleFrom()) > before)
})

// proves 32.chats: no message into a chat that a node beside would not know how to send
test("messages go into group chats once every living node knows how, and from then on no older one starts", async () => {
  await using nodes = await openTwoNodes()
  const { database } = nodes
  const older = sql`update wecom_push.nodes set app_kinds = array_remove(app_kinds, 'chat')
    where number = (select max(number) from wecom_push.nodes)`
  await older.execute(database)
  const compatibleFrom = async (): Promise<number> => {
    const { rows } = await sql<{ value: string }>`select value from wecom_push.meta
      where name = 'compatible_from'`.execute(database)
    return Number(rows[0]?.value)
  }
  const before = await compatibleFrom()
  assert.equal(await nodes.one.apps.allKnowChats(), false)
  assert.equal(await compatibleFrom(), before)
  await sql`update wecom_push.nodes set app_kinds = app_kinds || '{chat}'`.execute(database)
  assert.equal(await nodes.one.apps.allKnowChats(), true)
  assert.ok((await compatibleFrom()) > before)
})
