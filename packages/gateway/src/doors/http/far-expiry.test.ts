import assert from "node:assert/strict"
import { test } from "node:test"
import { addFault, onEachStore } from "./testing/each-store.ts"

const THIRTY_DAYS_MS = 30 * 24 * 3600 * 1000

onEachStore("a message that expires later than a timer can be set for", (started) => {
  // proves 29.E10: times longer than a timer
  test("E10: its look-up may take as long as any other: one that takes more than a second is asked once and answered", async () => {
    const { request, until, simulator } = started()
    await addFault(started(), { path: "user/getuserid", kind: "slow", delay_ms: 1500 })
    const body = {
      app: "alerts",
      to: { mobiles: ["13800000002"] },
      msgtype: "text",
      text: { content: "far away" },
      expires_at: new Date(Date.now() + THIRTY_DAYS_MS).toISOString(),
    }
    const { json } = await request("/v1/messages", { body })
    assert.equal((await until(json.id, "sent", "failed"))["state"], "sent")
    const { calls } = (await (await fetch(`${simulator.url}/_sim/calls`)).json()) as { calls: { path: string }[] }
    assert.equal(calls.filter(({ path }) => path.endsWith("/user/getuserid")).length, 1)
  })
})
