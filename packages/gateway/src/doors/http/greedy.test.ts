import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { Greedy } from "../../../../../tools/testing/greedy.ts"
import { startOn, STORES } from "./testing/start-several.ts"

for (const store of STORES) {
  // proves 28.D4: all at once
  test(`D4: while one key takes all that it can get at once, another app's high messages go out and its look-ups are answered: ${store}`, async () => {
    await using world = await startOn(store, {
      WECOM_PUSH_BACKLOG_LIMIT: "2000",
      WECOM_PUSH_MAX_STREAMS: "10",
      WECOM_PUSH_FILES_LIMIT_MIB: "2",
    })
    const corp_id = world.simulator.org.corp_id
    const hr = { name: "hr", corp_id, agent_id: 1_000_003, secret: "sim-secret-hr" }
    await world.request(0, "/v1/apps", { body: hr })
    const make = async (app: string): Promise<string> =>
      (await world.request(0, "/v1/keys", { body: { name: app, scopes: ["send", "read"], apps: [app] } })).json.key
    const [taking, key] = [await make("alerts"), await make("hr")]
    const audited = async (): Promise<number> => (await world.request(0, "/v1/audit?limit=1000")).json.items.length
    const before = await audited()
    await using greedy = await Greedy.start({ url: world.gateways[0]?.url ?? "", key: taking, app: "alerts" })
    const until = performance.now() + 20_000
    while (!greedy.isRefused) {
      assert.ok(performance.now() < until, JSON.stringify(greedy.answers.messages))
      await sleep(20)
    }
    for (let n = 0; n < 5; n++) {
      const to = { mobiles: ["13800000003"] }
      const body = { app: "hr", to, msgtype: "text", text: { content: `${n}` }, priority: "high" }
      const from = performance.now()
      const posted = await world.request(n % 2, "/v1/messages", { key, body })
      assert.equal(posted.status, 202, posted.text)
      await world.until(0, posted.json.id, "sent")
      const looked = await world.request(0, "/v1/lookup", { key, body: { mobile: "13800000003", fresh: true } })
      assert.deepEqual([looked.status, looked.json.userid], [200, "WangWu"], looked.text)
      // Some tenths of a second on an idle machine.
      assert.ok(performance.now() - from < 20_000)
    }
    const changed = greedy.answers.audit.get(200) ?? 0
    assert.ok(changed > 25, `${changed} changes`)
    // Ten of each kind, and the uses of each key.
    assert.ok((await audited()) - before < 25)
  })
}
