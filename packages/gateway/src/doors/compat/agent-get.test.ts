import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, HR, startCompat } from "./testing/compat-under-test.ts"

test("agent/get tells what the gateway knows of an app, and does not ask WeCom", async () => {
  await using compat = await startCompat()
  const answer = await compat.get("agent/get", { access_token: await compat.token(), agentid: String(ALERTS.agentid) })
  assert.equal(answer.errcode, 0)
  assert.deepEqual([answer["agentid"], answer["name"], answer["close"]], [ALERTS.agentid, "alerts", 0])
  assert.deepEqual(await compat.sim.calls(), [])
})

for (const { rule, agentid, errcode } of [
  { rule: "an app the key does not hold", agentid: String(HR.agentid), errcode: 301002 },
  { rule: "no agentid", agentid: "", errcode: 41011 },
  { rule: "an agentid that is no number", agentid: "1e6", errcode: 40056 },
]) {
  test(`agent/get of ${rule} answers ${errcode}`, async () => {
    await using compat = await startCompat()
    const { key } = await compat.key()
    const answer = await compat.get("agent/get", { access_token: await compat.token(key), agentid })
    assert.equal(answer.errcode, errcode)
  })
}
