import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay } from "./testing/real-day.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Sets the clock between two gateways on a file, whose times are those of the machine's clock. */
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

for (const [what, byMs] of [
  ["forward", 40 * DAY_MS],
  ["back", -40 * DAY_MS],
] as const) {
  // proves 29.E3: a start within a minute after the clock was set
  test(`issue 29: a start within a minute after the clock was set ${what}, and followed, deletes, forgets and ends nothing`, async () => {
    await using day = await RealDay.start({ store: "SQLite" })
    const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "deployed" } }
    const again = () => day.ask("/v1/messages", { headers: { "idempotency-key": "deploy-4711" }, body })
    const id = String((await again()).json.id)
    await day.until(id, "sent")
    await day.fault({ kind: "errcode", errcode: 60020 })
    const waiting = await day.post("waits")
    await day.setClock(byMs)
    // Events have the new time, as with a gateway that has followed the clock.
    const later = await day.post("later")
    await day.advance(10)
    await day.kill()
    await day.advance(21 * 60, { inStepsOf: 7 * 60 })
    const { status, json, headers } = await again()
    assert.deepEqual([status, json.id, headers.get("idempotent-replayed")], [202, id, "true"])
    assert.deepEqual([await day.state(id), await day.phone()], ["sent", ["deployed"]])
    await day.endFaults()
    await day.advance(120, { inStepsOf: 30 })
    for (const one of [waiting, later]) await day.until(one, "sent")
  })
}
