import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import type { NewSource } from "../../model/ports/sources.ts"
import { NOON } from "../testing/build.ts"
import { MASTER_KEY } from "../testing/open-store.ts"
import { openNode } from "./testing/open-store.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"

const NEW_KEY = new Uint8Array(32).fill(8)
const app = { name: "alerts", corpId: "ww1", agentId: 7, settings: {}, secrets: { secret: "canary" } }
const record = { token: "t1", expiresAt: NOON, refreshAt: NOON }
const source: NewSource = {
  id: "src_1",
  name: "a",
  adapter: "text",
  app: "alerts",
  to: {},
  priority: "normal",
  template: undefined,
  prefix: "wps_",
  hash: "ab",
  signingSecret: "canary-signing",
  createdAt: NOON,
}

// proves 13.M3: what one knew, all know
test("a node with another master key is refused", async () => {
  await using nodes = await openTwoNodes()
  await assert.rejects(openNode(nodes.url, { masterKey: NEW_KEY }), { name: "StartRefusal", code: "wrong_master_key" })
})

test("a new master key takes over secrets and tokens, also those that were still written under the one before", async () => {
  await using nodes = await openTwoNodes()
  await nodes.one.apps.put(app, NOON)
  await nodes.one.tokens.set("k", record)
  await nodes.one.sources.add(source)
  const both = { masterKey: NEW_KEY, previousMasterKey: MASTER_KEY }
  await using third = (await openNode(nodes.url, both)).stores
  assert.deepEqual(await third.apps.secrets("alerts"), app.secrets)
  await nodes.one.tokens.set("late", record)
  await using fourth = (await openNode(nodes.url, both)).stores
  await using fifth = (await openNode(nodes.url, { masterKey: NEW_KEY })).stores
  assert.deepEqual(await fifth.apps.secrets("alerts"), app.secrets)
  assert.deepEqual([await fifth.tokens.get("k"), await fourth.tokens.get("late")], [record, record])
  assert.deepEqual(await fifth.tokens.get("late"), record)
  assert.equal((await fifth.sources.findByHash(source.hash))?.signingSecret, "canary-signing")
  await assert.rejects(openNode(nodes.url), { code: "wrong_master_key" })
})

for (const changes of [false, true]) {
  test(`${changes ? "a new master key takes over the others" : "a start under the same master key"}, where secrets are damaged`, async () => {
    await using nodes = await openTwoNodes()
    const { one, database } = nodes
    for (const name of ["alerts", "hr", "it"]) await one.apps.put({ ...app, name, agentId: name.length }, NOON)
    await one.tokens.set("k", record)
    await one.tokens.set("damaged", record)
    await sql`update wecom_push.apps set secrets = 'damaged' where name = 'hr'`.execute(database)
    await sql`update wecom_push.apps set secrets = left(secrets, 30) where name = 'it'`.execute(database)
    await sql`update wecom_push.tokens set record = 'damaged' where key = 'damaged'`.execute(database)
    const key = changes ? { masterKey: NEW_KEY, previousMasterKey: MASTER_KEY } : {}
    await using third = (await openNode(nodes.url, key)).stores
    assert.deepEqual(await third.apps.secrets("alerts"), app.secrets)
    assert.deepEqual([await third.apps.secrets("hr"), await third.apps.secrets("it")], [undefined, undefined])
    assert.deepEqual([await third.tokens.get("k"), await third.tokens.get("damaged")], [record, undefined])
    // A secret that can be read shows that a key is right for it alone, the check that it is right for all.
    await assert.rejects(openNode(nodes.url, { masterKey: new Uint8Array(32).fill(9) }), { code: "wrong_master_key" })
  })
}

test("a key check that is damaged is written anew with the key that sealed it", async () => {
  await using nodes = await openTwoNodes()
  const { database } = nodes
  await sql`update wecom_push.meta set value = left(value, 30) where name = 'master_key_check'`.execute(database)
  await assert.rejects(openNode(nodes.url, { masterKey: NEW_KEY }), { code: "wrong_master_key" })
  await using third = (await openNode(nodes.url)).stores
  assert.deepEqual(await third.apps.list(), [])
  const { rows } = await sql<{ size: number }>`select length(value) as size from wecom_push.meta
    where name = 'master_key_check'`.execute(database)
  assert.ok((rows[0]?.size ?? 0) > 30)
})

test("a store that is closed leaves no connection behind", async () => {
  await using nodes = await openTwoNodes()
  for (const stores of nodes.both) await stores[Symbol.asyncDispose]()
  const { rows } = await sql`select application_name from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(nodes.database)
  // Ours is the pool that asks.
  assert.ok(rows.length < 2, JSON.stringify(rows))
})
