import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"

test("a key is told who it is, what it may, and how its apps and the gateway are", async () => {
  await using gateway = await startTestGateway()
  await gateway.request("/v1/messages", { body: aMessage() })
  const wish = { name: "portal", scopes: ["send"], apps: ["alerts"], audience_cap: 5 }
  const { key, id } = (await gateway.request("/v1/keys", { body: wish })).json
  const { status, json } = await gateway.request("/v1/status", { key })
  assert.equal(status, 200)
  assert.deepEqual(json.key, { id, name: "portal", scopes: ["send"], audience_cap: 5 })
  assert.deepEqual(json.apps, [{ name: "alerts", unfinished_messages: 1, pause: null }])
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
