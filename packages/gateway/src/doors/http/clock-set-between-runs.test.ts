import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay } from "./testing/real-day.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Between two gateways on a file, whose times are those of the machine's clock. */
async function setWhileNoneRuns(day: RealDay, byMs: number, { reboots = false } = {}): Promise<void> {
  await day.stop()
  await day.setClock(byMs)
  if (reboots) day.reboot()
  await day.start()
}

/** A message whose call has arrived, and whose answer was lost. */
async function withOneInDoubt(): Promise<{ day: RealDay; id: string }> {
  const day = await RealDay.start({ store: "SQLite" })
  await day.fault({ kind: "reset_after", times: 1 })
  const id = await day.post("deployed")
  await day.tried(id)
  return { day, id }
}

for (const [what, byMs] of [
  ["ten days fast", 10 * DAY_MS],
  ["ten days slow", -10 * DAY_MS],
] as const) {
  // proves 29.E3: a clock that is set while none runs
  test(`issue 29: a gateway that starts while the clock is ${what} repeats a call in doubt inside the check, once`, async () => {
    const { day, id } = await withOneInDoubt()
    await using _ = day
    await setWhileNoneRuns(day, byMs)
    await day.comesInTime(async () => (await day.state(id)) !== "sending", "an end")
    assert.equal(await day.state(id), "sent")
    assert.deepEqual(await day.phone(), ["deployed"])
    await setWhileNoneRuns(day, -byMs)
    assert.equal(await day.state(id), "sent")
  })

  // proves 29.E3: a clock that is set while none runs
  test(`issue 29: of what went out while the clock was ${what} a start after it was set right knows how long ago it was`, async () => {
    await using day = await RealDay.start({ store: "SQLite", settings: { member_per_minute: 30 } })
    await day.setClock(byMs)
    for (let n = 0; n < 30; n++) await day.post(`${n}`)
    await day.comesInTime(async () => (await day.phone()).length === 30, "thirty to be sent")
    await setWhileNoneRuns(day, -byMs)
    const ids = await day.postAll(["31", "32", "33"], "alerts")
    await day.advance(20, { inStepsOf: 10 })
    assert.equal((await day.phone()).length, 30, "no more in this minute")
    await day.advance(45, { inStepsOf: 15 })
    for (const id of ids) await day.until(id, "sent")
  })
}

// proves 29.E3: a clock that is set while none runs
test("issue 29: after a start of the machine no one knows how long ago a call in doubt was: it is not repeated", async () => {
  const { day, id } = await withOneInDoubt()
  await using _ = day
  await setWhileNoneRuns(day, 10 * DAY_MS, { reboots: true })
  await day.comesInTime(async () => (await day.state(id)) !== "sending", "an end")
  assert.equal(await day.state(id), "in_doubt")
})
