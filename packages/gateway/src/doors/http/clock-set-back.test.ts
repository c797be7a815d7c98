import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A paused app is tried once a minute. */
const probed = (day: RealDay): Promise<void> => day.advance(75, { inStepsOf: 15 })

for (const store of STORES) {
  // proves 29.E2: a clock that is set back holds up no message
  test(`issue 29, E2, ${store}: what waited while the clock was ten days fast is sent once it is set right, and what comes then`, async () => {
    await using day = await RealDay.start({ store })
    await day.pause("before")
    const scheduled = await day.post("in two days", { send_at: new Date(day.now() + 2 * DAY_MS).toISOString() })
    await day.setClock(10 * DAY_MS)
    await day.postAll(["fast"], "alerts")
    await day.advance(5)
    await day.setClock(-10 * DAY_MS)
    await day.endFaults()
    const later = await day.post("later")
    await probed(day)
    await day.comesInTime(async () => (await day.phone()).length >= 3, "all that is due to be sent")
    await day.comesInTime(async () => (await day.state(later)) === "sent", "what came last to be settled")
    assert.deepEqual(new Set(await day.phone()), new Set(["before", "fast", "later"]))
    assert.equal(await day.state(scheduled), "scheduled")
  })

  // proves 29.E2: a clock that is set back holds up no message
  test(`issue 29, E2, ${store}: a lane keeps its order when the clock is set back`, async () => {
    await using day = await RealDay.start({ store })
    const order = { order_key: "build-7" }
    await day.pause("1", order)
    await day.setClock(10 * DAY_MS)
    for (const n of [2, 3]) await day.post(`${n}`, order)
    await day.setClock(-10 * DAY_MS)
    for (const n of [4, 5]) await day.post(`${n}`, order)
    await day.endFaults()
    await probed(day)
    await day.comesInTime(async () => (await day.phone()).length === 5, "the lane to be sent")
    assert.deepEqual(await day.phone(), ["1", "2", "3", "4", "5"])
  })

  for (const [what, byMs] of [
    ["ten days forward", 10 * DAY_MS],
    ["ten days back", -10 * DAY_MS],
  ] as const) {
    // proves 29.badday: a call in doubt when the clock is set by days
    test(`issue 29, ${store}: a call in doubt has an end when the clock is set ${what}, and comes to the phone once`, async () => {
      await using day = await RealDay.start({ store })
      await day.fault({ kind: "reset_after", times: 1 })
      const id = await day.post("deployed")
      await day.tried(id)
      await day.setClock(byMs)
      await day.comesInTime(async () => (await day.state(id)) !== "sending", "an end")
      // On PostgreSQL the age of the call is unknown.
      assert.equal(await day.state(id), store === "SQLite" ? "sent" : "in_doubt")
      assert.deepEqual(await day.phone(), ["deployed"])
      await day.setClock(-byMs)
      await day.advance(60, { inStepsOf: 20 })
      assert.deepEqual(await day.phone(), ["deployed"])
    })
  }

  // proves 29.badday: rates of members when the clock is set back
  test(`issue 29, ${store}: rates of members hold for a minute after the clock is set back, and no longer`, async () => {
    await using day = await RealDay.start({ store, settings: { member_per_minute: 30 } })
    await day.setClock(10 * DAY_MS)
    await day.postAll(
      Array.from({ length: 30 }, (_, n) => `${n}`),
      "alerts",
    )
    await day.comesInTime(async () => (await day.phone()).length === 30, "thirty to be sent")
    // By then the time of each send is stored, on PostgreSQL too.
    await day.advance(25, { inStepsOf: 5 })
    await day.setClock(-10 * DAY_MS)
    await day.post("31")
    await day.advance(75, { inStepsOf: 15 })
    await day.comesInTime(async () => (await day.phone()).length === 31, "the next to be sent")
  })

  // proves 29.badday: a call in doubt when the clock is set back by less than it is old
  test(`issue 29, ${store}: a call in doubt is not repeated for longer because the clock was set back`, async () => {
    await using day = await RealDay.start({ store })
    await day.fault({ kind: "reset_after", times: 1 })
    await day.fault({ kind: "reset_before" })
    const id = await day.post("deployed")
    await day.tried(id)
    // WeCom shows equal bytes only once in four hours.
    const minutes = { inStepsOf: 600 }
    await day.advance(2.5 * 3600, minutes)
    await day.setClock(-2 * HOUR_MS)
    await day.advance(2 * 3600, minutes)
    await day.endFaults()
    await day.advance(600, { inStepsOf: 60 })
    assert.deepEqual([await day.state(id), await day.phone()], ["in_doubt", ["deployed"]])
  })
}
