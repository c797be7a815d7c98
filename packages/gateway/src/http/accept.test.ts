import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"

test("a message is answered 202 with its id, and can be asked about", async () => {
  await using gateway = await startTestGateway()
  const accepted = await gateway.request("/v1/messages", { body: aMessage() })
  assert.equal(accepted.status, 202, accepted.text)
  assert.match(accepted.json.id, /^msg_[\da-f-]{36}$/)
  assert.deepEqual(accepted.json, { id: accepted.json.id, state: "queued", recipients: 1 })
  assert.equal(accepted.headers.get("location"), `/v1/messages/${accepted.json.id}`)

  const message = await gateway.request(`/v1/messages/${accepted.json.id}`)
  assert.equal(message.status, 200)
  assert.equal(message.json.state, "queued")
  assert.equal(message.json.recipients.pending, 1)
})
