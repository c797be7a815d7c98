import assert from "node:assert/strict"
import { test } from "node:test"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"

test("status says which key asks, what it may, and how its apps and the gateway are", async () => {
  await using gateway = await startTestGateway()
  await gateway.request("/v1/messages", { body: aMessage() })
  const wish = { name: "portal", scopes: ["send"], apps: ["alerts"], audience_cap: 5 }
  const { key, id } = (await gateway.request("/v1/keys", { body: wish })).json
  const { status, json } = await gateway.request("/v1/status", { key })
  assert.equal(status, 200)
  assert.deepEqual(json.key, { id, name: "portal", scopes: ["send"], audience_cap: 5 })
  assert.deepEqual(json.apps, [
    {
      name: "alerts",
      unfinished_messages: 1,
      due_messages: 1,
      oldest_due_seconds: json.apps[0].oldest_due_seconds,
      unreachable: null,
      pause: null,
    },
  ])
  assert.deepEqual(json.backlog, { limit: 1_000_000, is_near: false })
  assert.deepEqual(json.database, { kind: "sqlite", synchronous: "full", trouble: null })
  assert.equal(json.ready, true)
})

test("apps that a key does not hold are not there for it", async () => {
  await using gateway = await startTestGateway()
  const body = { name: "hr", corp_id: "ww0000000000000001", agent_id: 1_000_003, secret: "sim-secret-hr" }
  await gateway.request("/v1/apps", { body })
  const { key } = (await gateway.request("/v1/keys", { body: { name: "portal", scopes: ["read"], apps: ["hr"] } })).json
  const names = async (presented?: string): Promise<string[]> => {
    const { json } = await gateway.request("/v1/status", presented === undefined ? {} : { key: presented })
    return json.apps.map(({ name }: { name: string }) => name)
  }
  assert.deepEqual(await names(key), ["hr"])
  assert.deepEqual(await names(), ["alerts", "hr"])
  assert.equal((await gateway.request("/v1/status", { key: null })).status, 401)
})

// proves 10.6: what operators see
test("lateness counts what should have gone out, and not what its caller holds back: scheduled, or behind another", async () => {
  const noon = Date.parse("2026-11-25T12:00:00Z")
  let now = noon
  await using gateway = await startTestGateway({ now: () => now })
  const post = (changes: Record<string, unknown>) => gateway.request("/v1/messages", { body: aMessage(changes) })
  const app = async () => (await gateway.request("/v1/status")).json.apps[0]
  await post({ send_at: "2026-11-25T12:10:00Z" })
  now = noon + 60_000
  assert.deepEqual([(await app()).due_messages, (await app()).oldest_due_seconds], [0, 0])
  await post({ order_key: "k", priority: "high" })
  await post({ order_key: "k", priority: "high" })
  now = noon + 120_000
  assert.deepEqual([(await app()).due_messages, (await app()).oldest_due_seconds], [1, 60])
  now = noon + 660_000
  assert.deepEqual([(await app()).due_messages, (await app()).oldest_due_seconds], [2, 600])
  assert.equal((await app()).unfinished_messages, 3)
})

test("a backlog near its limit is reported, without naming who fills it", async () => {
  const environment = {
    WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: "silent",
    WECOM_PUSH_BACKLOG_LIMIT: "5",
    WECOM_PUSH_BACKLOG_SHARE_PERCENT: "100",
  }
  await using gateway = await startTestGateway({ environment })
  for (let n = 0; n < 3; n++) await gateway.request("/v1/messages", { body: aMessage() })
  assert.deepEqual((await gateway.request("/v1/status")).json.backlog, { limit: 5, is_near: false })
  await gateway.request("/v1/messages", { body: aMessage() })
  assert.deepEqual((await gateway.request("/v1/status")).json.backlog, { limit: 5, is_near: true })
})
