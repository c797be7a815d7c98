import assert from "node:assert/strict"
import { test } from "node:test"
import { startSeveral } from "./testing/start-several.ts"

test("two gateways on one database send each message once, whichever took it, and both tell what became of it", async () => {
  await using several = await startSeveral(2)
  const bodies = Array.from({ length: 20 }, (_, n) => ({
    to: { mobiles: ["13800000001"] },
    msgtype: "text",
    text: { content: `no ${n}` },
  }))
  const accepted = await Promise.all(bodies.map((body, n) => several.request(n % 2, "/v1/messages", { body })))
  for (const [n, { json }] of accepted.entries()) {
    const message = await several.until((n + 1) % 2, json.id, "sent", "failed")
    assert.equal(message["state"], "sent", JSON.stringify(message))
  }
  const shown = (await several.phone("zhangsan")).map((message) => String(message["body"]["text"]["content"]))
  assert.deepEqual(shown.toSorted(), bodies.map(({ text }) => text.content).toSorted())
})
