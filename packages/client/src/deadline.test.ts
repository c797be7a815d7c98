import assert from "node:assert/strict"
import { test } from "node:test"
import { GatewayClient } from "./index.ts"

// proves 30.client: a clock that jumps
test("30.client: times are measured by a clock that cannot be set: one that jumps neither ends a wait nor prolongs it", async (t) => {
  let readings = 0
  t.mock.method(Date, "now", () => (readings++ % 2 === 0 ? 0 : 4_000_000_000_000))
  const client = new GatewayClient({
    baseUrl: "http://gateway.invalid",
    key: "wp_none",
    fetch: () => Promise.resolve(Response.json({ id: "msg_1", recipients: { pending: 1 } })),
  })
  const started = performance.now()
  const message = await client.waitFor("msg_1", { withinMs: 300 })
  assert.equal(message.recipients.pending, 1)
  const tookMs = performance.now() - started
  assert.ok(tookMs >= 299 && tookMs < 30_000, `${tookMs}`)
})
