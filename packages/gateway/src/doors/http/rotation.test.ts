import assert from "node:assert/strict"
import { test } from "node:test"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "./testing/start-gateway.ts"

interface Made {
  readonly id: string
  readonly key: string
  readonly client: string
}

async function makeKey(gateway: TestGateway): Promise<Made> {
  return (await gateway.request("/v1/keys", { body: { name: "k", scopes: ["send", "read"], apps: "all" } })).json
}

async function rotate(gateway: TestGateway, { id }: Made): Promise<Made> {
  const { status, json } = await gateway.request(`/v1/keys/${id}/rotate`, { method: "POST" })
  assert.equal(status, 201)
  return json
}

const send = (gateway: TestGateway, { key }: Made, idempotencyKey: string): Promise<TestAnswer> =>
  gateway.request("/v1/messages", { key, body: aMessage(), headers: { "idempotency-key": idempotencyKey } })

// proves C4: one key, another client
test("a request that is repeated with the successor of a key gives the first message", async () => {
  await using gateway = await startTestGateway()
  const first = await makeKey(gateway)
  const sent = await send(gateway, first, "k")
  const second = await rotate(gateway, first)
  const third = await rotate(gateway, second)
  assert.equal(new Set([first.client, second.client, third.client]).size, 1)
  for (const key of [second, third, first]) {
    const again = await send(gateway, key, "k")
    assert.deepEqual([again.status, again.json.id], [202, sent.json.id])
    assert.equal(again.headers.get("idempotent-replayed"), "true")
  }
  const late = await send(gateway, third, "late")
  assert.equal((await send(gateway, first, "late")).json.id, late.json.id)
  await gateway.request(`/v1/keys/${first.id}`, { method: "DELETE" })
  assert.equal((await send(gateway, third, "k")).json.id, sent.json.id)
  const other = await gateway.request("/v1/messages", {
    key: third.key,
    body: aMessage({ text: { content: "another" } }),
    headers: { "idempotency-key": "k" },
  })
  assert.deepEqual([other.status, other.json.code], [422, "idempotency_key_reused"])
})

// proves C4: one key, another client
test("twenty equal requests at once, half of them with the key that takes over, are one message", async () => {
  await using gateway = await startTestGateway()
  const old = await makeKey(gateway)
  const fresh = await rotate(gateway, old)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => send(gateway, n % 2 === 0 ? old : fresh, "k")))
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1)
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 1)
})

// proves C4: one key, another client
test("the idempotency_key of an item in a batch outlives a rotation as well, in one form and the other", async () => {
  await using gateway = await startTestGateway()
  const old = await makeKey(gateway)
  const item = { ...aMessage(), idempotency_key: "item" }
  const first = await gateway.request("/v1/messages/batch", { key: old.key, body: [item] })
  const fresh = await rotate(gateway, old)
  const array = await gateway.request("/v1/messages/batch", { key: fresh.key, body: [item] })
  const lines = await gateway.request("/v1/messages/batch", {
    key: fresh.key,
    body: JSON.stringify(item),
    headers: { "content-type": "application/x-ndjson" },
  })
  const single = await send(gateway, fresh, "item")
  const { id } = first.json[0]
  assert.deepEqual([array.json[0].id, JSON.parse(lines.text).id, single.json.id], [id, id, id])
})

test("who sets another admin key in the environment stays the same client", async () => {
  using folder = new TemporaryFolder()
  const ids: string[] = []
  for (const key of ["a".repeat(40), "b".repeat(40)]) {
    await using gateway = await startTestGateway({ folder, environment: { WECOM_PUSH_ADMIN_KEY: key } })
    ids.push((await send(gateway, { id: "", client: "", key }, "k")).json.id)
  }
  assert.equal(ids[0], ids[1])
})

test("keys that were not rotated into one another are clients of their own, also where their names are equal", async () => {
  await using gateway = await startTestGateway()
  const [one, other] = [await makeKey(gateway), await makeKey(gateway)]
  assert.notEqual((await send(gateway, one, "k")).json.id, (await send(gateway, other, "k")).json.id)
})

test("a rotation does not double the rate: both keys take from the same bucket", async () => {
  await using gateway = await startTestGateway({ limits: { requestsPerSecond: 1 }, now: () => 1_800_000_000_000 })
  const old = await makeKey(gateway)
  const fresh = await rotate(gateway, old)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => gateway.request("/v1/messages", { key: n % 2 === 0 ? old.key : fresh.key })),
  )
  assert.equal(answers.filter(({ status }) => status === 200).length, 10)
  assert.equal((await gateway.request("/v1/messages", { key: ADMIN_KEY })).status, 200)
})

test("the audit trail names the very key that did it", async () => {
  await using gateway = await startTestGateway()
  const old = await makeKey(gateway)
  const fresh = await rotate(gateway, old)
  await gateway.request("/v1/apps", { key: fresh.key })
  await gateway.stop()
  await using again = await startTestGateway({ folder: gateway.folder })
  const { items } = (await again.request("/v1/audit")).json
  const denied = items.find(({ action }: { action: string }) => action === "permission.denied")
  assert.equal(denied.actor, fresh.id)
  const rotated = items.find(({ action }: { action: string }) => action === "key.rotated")
  assert.deepEqual([rotated.target, rotated.detail.successor], [old.id, fresh.id])
})
