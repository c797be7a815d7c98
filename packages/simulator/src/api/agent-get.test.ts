import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, simClient } from "../testing/sim-client.ts"

test("10: agent/get shows the app's visible range", async () => {
  await using sim = await simClient()
  const answer = await sim.get("agent/get", { access_token: await sim.token(), agentid: String(ALERTS.agentid) })
  assert.equal(answer["name"], "告警")
  assert.deepEqual(answer["allow_partys"], { partyid: [2, 3] })
  assert.deepEqual(answer["allow_userinfos"], { user: [] })
  assert.deepEqual(answer["allow_tags"], { tagid: [1] })
  assert.equal(answer["close"], 0)
})

test("10: agent/get still answers for an app that was disabled, with close 1", async () => {
  await using sim = await simClient()
  const query = { access_token: await sim.token(), agentid: String(ALERTS.agentid) }
  await sim.org(({ apps: [app] }) => Object.assign(app ?? {}, { enabled: false }))
  assert.equal((await sim.get("agent/get", query))["close"], 1)
})

for (const [mistake, agentid, errcode] of [
  ["no agentid", "", 41011],
  ["an agentid that is no number", "abc", 40056],
  ["another app's agentid", "1000003", 301002],
] as const) {
  test(`10: agent/get with ${mistake} answers ${errcode}`, async () => {
    await using sim = await simClient()
    assert.equal((await sim.get("agent/get", { access_token: await sim.token(), agentid })).errcode, errcode)
  })
}
