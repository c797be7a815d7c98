import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startOn, STORES } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"
import type { TestAnswer } from "./testing/start-gateway.ts"

/** Of a member that there is, and that nothing is remembered of. */
const mobile = (n: number): string => `139${String(n + 1).padStart(8, "0")}`

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

async function post(
  several: Several,
  gateway: number,
  mobiles: readonly string[],
  priority: "high" | "bulk",
): Promise<string> {
  const body = { to: { mobiles }, priority, msgtype: "text", text: { content: `to ${mobiles[0]}` } }
  const { status, json, text } = await several.request(gateway, "/v1/messages", { body })
  assert.equal(status, 202, text)
  return json.id
}

/** How many questions WeCom has been asked. */
async function asked(several: Several): Promise<number> {
  return (await several.calls("user/getuserid")).length
}

for (const store of STORES) {
  test(`P1: what another gateway asks for is waited for, and takes nothing from the day: ${store}`, async () => {
    await using several = await startOn(store, {}, { members: 140 })
    await several.fault({ path: "user/getuserid", kind: "slow", delay_ms: 20, times: 1000 })
    const lookUp = (gateway: number, n: number): Promise<TestAnswer> =>
      several.request(gateway, "/v1/lookup", { body: { app: "alerts", mobile: mobile(n) } })
    const many = times(100, (n) => lookUp(0, n))
    while ((await asked(several)) < 5) await sleep(5)
    const few = times(20, (n) => lookUp(1, 120 + n))
    const ids = await Promise.all(times(20, (n) => post(several, 1, [mobile(100 + n)], "high")))
    for (const id of ids) {
      while ((await several.request(1, `/v1/messages/${id}`)).json.state !== "sent") {
        const { items } = (await several.request(1, `/v1/messages/${id}/recipients`)).json
        assert.notEqual(items[0].reason, "lookup_budget")
        await sleep(20)
      }
    }
    // What is urgent does not wait until the other gateway has asked for all of its own.
    const before = await asked(several)
    for (const answer of await Promise.all([...few, ...many])) assert.equal(answer.status, 200, answer.text)
    assert.ok(before < 140, `all ${before} had been asked`)
    assert.equal(await asked(several), 140)
  })
}
