import assert from "node:assert/strict"
import { test } from "node:test"
import { postFile, PNG, TEXT } from "./testing/media-form.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

test("a picture is handed in, named in a message, and on the phone; what was uploaded is counted", async () => {
  await using bench = await startWithSimulator()
  const { id: medium } = (await postFile(bench, PNG, { type: "image", filename: "图.png" })).json
  const body = { to: { mobiles: ["13800000001"] }, msgtype: "image", image: { media_id: medium } }
  for (let time = 0; time < 2; time++) {
    const { id } = (await bench.request("/v1/messages", { body })).json
    await bench.until(id, "sent")
  }
  const shown = await bench.phone("zhangsan")
  assert.equal(shown.length, 2)
  const { media_id } = (shown[0] ?? assert.fail())["body"].image
  const answer = await fetch(`${bench.simulator.url}/_sim/media/${media_id}`)
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PNG)
  const { text } = await bench.request("/metrics")
  assert.match(text, /wecom_push_media_uploads_total\{app="alerts",reason="first"\} 1/)
  assert.match(text, /wecom_push_wecom_request_duration_seconds_count\{api="media\/upload",outcome="ok"\} 1/)
})

test("a file that WeCom does not take fails its message: the problem says so, and each recipient", async () => {
  await using bench = await startWithSimulator()
  const { id: medium } = (await postFile(bench, TEXT, { filename: "a.txt" })).json
  const fault = { path: "media/upload", kind: "errcode", errcode: 45001, times: 1 }
  await fetch(`${bench.simulator.url}/_sim/faults`, { method: "POST", body: JSON.stringify(fault) })
  const to = { users: ["zhangsan", "lisi"] }
  const body = { to, msgtype: "file", file: { media_id: medium } }
  const { id } = (await bench.request("/v1/messages", { body })).json
  const { problem, recipients } = await bench.until(id, "failed")
  assert.deepEqual([problem.code, problem.errcode, recipients.failed], ["media_refused", 45001, 2])
  const { json } = await bench.request(`/v1/messages/${id}/recipients`)
  assert.deepEqual([json.items[0].reason, json.items[0].errcode], ["media_refused", 45001])
})
