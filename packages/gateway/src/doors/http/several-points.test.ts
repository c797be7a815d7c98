import assert from "node:assert/strict"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startSeveral } from "./testing/start-several.ts"

test("a gateway on PostgreSQL tells the points at which tests end it, in their order", async () => {
  await using several = await startSeveral(1)
  const points: string[] = []
  const listen = (message: unknown): void => void points.push((message as { point: string }).point)
  subscribe("wecom-push:point", listen)
  try {
    const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "no 1" } }
    const { json } = await several.request(0, "/v1/messages", { method: "POST", body })
    await several.until(0, json.id, "sent")
    // Others can see a commit a moment before the node gets the result.
    while (!points.includes("settle.after_commit")) await sleep(5)
  } finally {
    unsubscribe("wecom-push:point", listen)
  }
  const ofStore = points.filter((point) => /^(accept|begin|settle)/.test(point))
  assert.deepEqual(ofStore, [
    "accept.before_commit",
    "accept.after_commit",
    "begin.before_commit",
    "begin.after_commit",
    "settle.before_commit",
    "settle.after_commit",
  ])
})
