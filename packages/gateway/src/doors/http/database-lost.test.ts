import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { Gate } from "../../store/postgres/testing/gate.ts"
import { startSeveral } from "./testing/start-several.ts"
import type { TestAnswer } from "./testing/start-gateway.ts"

const body = (content: string): object => ({ to: { users: ["zhangsan"] }, msgtype: "text", text: { content } })

// proves D2: a server lost in use
test("D2: while the database is lost nothing is accepted, and said so with a time; what was accepted goes out when it is back", async () => {
  await using several = await startSeveral(0)
  await using gate = new Gate(several.url)
  await gate.open()
  await several.start({ WECOM_PUSH_DATABASE_URL: gate.url(several.url) })
  const first = await several.request(0, "/v1/messages", { body: body("first") })
  await several.until(0, first.json.id, "sent")

  await several.fault({ path: "message/send", kind: "slow", delay_ms: 1500, times: 1 })
  const hanging = await several.request(0, "/v1/messages", { body: body("hanging") })
  await until(async () => (await several.calls("/message/send")).length === 2)
  await gate.shut()
  const refused = await several.request(0, "/v1/messages", { body: body("refused") })
  assert.equal(refused.status, 503, refused.text)
  assert.ok(Number(refused.headers.get("retry-after")) > 0)
  assert.equal((await several.request(0, "/readyz")).status, 503)
  assert.equal((await several.request(0, "/healthz")).status, 200)
  const figures = await several.request(0, "/metrics")
  assert.equal(figures.status, 200, figures.text)
  assert.match(figures.text, /^wecom_push_storage_up 0$/m)
  assert.match(figures.text, /^wecom_push_messages_accepted_total\{app="alerts",msgtype="text"\} 2$/m)
  assert.doesNotMatch(figures.text, /^wecom_push_unfinished_messages\{/m)

  await gate.open()
  await until(async () => (await several.request(0, "/readyz")).status === 200)
  let last: TestAnswer
  // On a busy machine making a connection may take longer than the gateway waits for one.
  do last = await several.request(0, "/v1/messages", { body: body("last") })
  while (last.status === 503)
  assert.equal(last.status, 202, last.text)
  await several.until(0, last.json.id, "sent")
  const message = await several.until(0, hanging.json.id, "sent")
  assert.equal(message["recipients"]["in_doubt"], 0)
  const shown = (await several.phone("zhangsan")).map((message) => String(message["body"]["text"]["content"]))
  assert.deepEqual(shown.toSorted(), ["first", "hanging", "last"])
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20)
}
