import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { answered, startOn, STORES } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"
import type { TestAnswer } from "./testing/start-gateway.ts"

/** The mobile of an existing member, for which nothing is remembered. */
const mobile = (n: number): string => `139${String(n + 1).padStart(8, "0")}`

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

/** How soon a change of the corp's settings takes effect on every gateway. */
const WITHIN_MS = 1000

async function settings(several: Several, changed: object): Promise<void> {
  const path = `/v1/corps/${several.simulator.org.corp_id}`
  const { status, text } = await several.request(0, path, { method: "PUT", body: { settings: changed } })
  assert.equal(status, 200, text)
}

/**
 * Fails after a time that is much longer than the answer takes, and much shorter than the wait would be without the change.
 */
function inTime<T>(awaited: Promise<T>): Promise<T> {
  const late = sleep(40_000, undefined, { ref: false })
  return Promise.race([awaited, late.then(() => assert.fail("it still waits"))])
}

/** The status is undefined while the answer is still awaited. */
function watch(answer: Promise<TestAnswer>): { status: number | undefined } {
  const watched: { status: number | undefined } = { status: undefined }
  void answer.then(({ status }) => (watched.status = status))
  return watched
}

const message = (mobiles: readonly string[], priority: "high" | "bulk"): Record<string, unknown> => ({
  to: { mobiles },
  priority,
  msgtype: "text",
  text: { content: `to ${mobiles[0]}` },
})

async function post(
  several: Several,
  gateway: number,
  mobiles: readonly string[],
  priority: "high" | "bulk",
): Promise<string> {
  const { status, json, text } = await several.request(gateway, "/v1/messages", { body: message(mobiles, priority) })
  assert.equal(status, 202, text)
  return json.id
}

/** How many look-ups WeCom has received. */
async function asked(several: Several): Promise<number> {
  return (await several.calls("user/getuserid")).length
}

for (const store of STORES) {
  // proves 29.P1: look-ups of several gateways
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
    // Urgent questions do not wait until the other gateway has asked all of its own.
    const before = await asked(several)
    for (const answer of await Promise.all([...few, ...many])) assert.equal(answer.status, 200, answer.text)
    assert.ok(before < 140, `all ${before} had been asked`)
    assert.equal(await asked(several), 140)
  })

  // proves 29.E9: urgent look-ups
  test(`E9: a high message to a new number goes out while more bulk messages wait for their look-ups than may wait at once: ${store}`, async () => {
    const bulk = 1100
    await using several = await startOn(store, {}, { members: bulk + 2 })
    await several.fault({ path: "user/getuserid", kind: "slow", delay_ms: 20, times: 2 * bulk })
    const lines = times(bulk, (n) => message([mobile(n)], "bulk"))
    const taken = await several.request(0, "/v1/messages/batch", { body: lines })
    assert.ok(taken.json.every(({ status }: { status: number }) => status === 202))
    for (const gateway of [0, 1]) {
      const before = await asked(several)
      await several.until(gateway, await post(several, gateway, [mobile(bulk + gateway)], "high"), "sent")
      const meanwhile = (await asked(several)) - before
      assert.ok(meanwhile < bulk / 4, `${meanwhile} others were looked up before`)
    }
    assert.ok((await asked(several)) < bulk, "they are all done")
  })

  // proves 29.P7: other limits of look-ups
  test(`P7: another pace of look-ups is kept within a second, on every gateway, also by those who wait: ${store}`, async () => {
    await using several = await startOn(store, {}, { members: 40 })
    const lookUp = (gateway: number, n: number): Promise<TestAnswer> =>
      several.request(gateway, "/v1/lookup", { body: { app: "alerts", mobile: mobile(n) } })
    for (const n of [0, 1, 2, 3]) assert.equal((await lookUp(n % 2, n)).status, 200)
    for (const [round, limits] of [{ lookups_per_minute: 4 }, { lookups_per_hour: 4 }].entries()) {
      await settings(several, limits)
      await sleep(WITHIN_MS)
      /** On a busy machine a gateway may read the change a little later; look-ups that it gets before then are not held. */
      const firstThatWaits = async (gateway: number): Promise<{ readonly answer: Promise<TestAnswer> }> => {
        for (let n = 0; n < 5; n++) {
          const answer = lookUp(gateway, 10 * (round + 1) + 5 * gateway + n)
          const watched = watch(answer)
          await sleep(WITHIN_MS)
          // Returned in an object, or it would be awaited here.
          if (watched.status === undefined) return { answer }
        }
        return assert.fail("none waits")
      }
      const waiting = (await Promise.all([0, 1].map(firstThatWaits))).map(({ answer }) => answer)
      await settings(several, { lookups_per_minute: null, lookups_per_hour: 100 })
      // Without the change they would wait for a minute or an hour.
      const answers = await inTime(Promise.all(waiting))
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      )
    }
  })

  // proves 29.P7: other limits of look-ups
  test(`P7: another budget of numbers that no member has is there within a second, also for messages that wait for the next day: ${store}`, async () => {
    await using several = await startOn(store, {}, { members: 40 })
    await settings(several, { lookup_miss_budget: 0 })
    const ids = await Promise.all([0, 1].map((gateway) => post(several, gateway, [mobile(gateway)], "bulk")))
    for (const id of ids)
      while ((await several.request(0, `/v1/messages/${id}/recipients`)).json.items[0].reason !== "lookup_budget")
        await sleep(20)
    await settings(several, { lookup_miss_budget: 1 })
    for (const id of ids) await inTime(several.until(1, id, "sent"))
    await settings(several, { lookup_miss_budget: 0 })
    await sleep(WITHIN_MS)
    let n = 9
    const refused = await answered(429, () =>
      several.request(1, "/v1/lookup", { body: { app: "alerts", mobile: mobile(n++) } }),
    )
    assert.deepEqual([refused.status, refused.json.code], [429, "lookup_budget_spent"])
  })
}
