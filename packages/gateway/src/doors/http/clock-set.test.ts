import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

const MINUTE = 60
const HOUR_MS = 3_600_000

/** WeCom refuses its app, so that accepted messages wait. */
async function dayWithPausedApp(store: (typeof STORES)[number]): Promise<RealDay> {
  const day = await RealDay.start({ store })
  await day.pause("ends the peace")
  return day
}

const rfc3339 = (ms: number): string => new Date(ms).toISOString()

for (const store of STORES) {
  // proves 29.E2: a clock that is set ends no message
  test(`issue 29, E2, ${store}: what is accepted while the clock is 25 hours slow is sent once it is set right`, async () => {
    await using day = await dayWithPausedApp(store)
    await day.setClock(-25 * HOUR_MS)
    await day.advance(5)
    const ids = await day.postAll(
      Array.from({ length: 100 }, (_, n) => `message ${n}`),
      "alerts",
    )
    await day.advance(5)
    await day.setClock(25 * HOUR_MS)
    // Longer than it takes until the gateway trusts the clock.
    await day.advance(6 * MINUTE, { inStepsOf: 90 })
    await day.endFaults()
    // Its next try comes within a minute, on a busy machine a little later.
    await day.advance(90, { inStepsOf: 15 })
    await day.comesInTime(async () => (await day.phone()).length === 101, "all of them to be sent")
    for (const id of ids) await day.comesInTime(async () => (await day.state(id)) === "sent", `${id} to be settled`)
  })

  // proves 29.E2: a clock that is set ends no message
  test(`issue 29, E2, ${store}: a message that names no time lives 24 hours, however the clock is set meanwhile`, async () => {
    await using day = await dayWithPausedApp(store)
    const id = await day.post("yesterday's alarm")
    const { expires_at: atFirst } = await day.message(id)
    for (const hours of [30, -40, 9]) await day.setClock(hours * HOUR_MS)
    await day.comes(
      async () =>
        Math.abs(Date.parse(String((await day.message(id))["expires_at"])) - Date.parse(String(atFirst)) + HOUR_MS) <
        1000,
      "the time it reports is by the clock of now",
    )
    await day.advance(23.9 * 60 * MINUTE, { inStepsOf: 12 * 60 * MINUTE })
    assert.equal((await day.message(id))["recipients"].pending, 1)
    await day.advance(7 * MINUTE, { inStepsOf: 7 * MINUTE })
    await day.comesInTime(async () => (await day.state(id)) === "expired", "it to expire")
  })

  // proves 29.E2: a clock that is set ends no message
  test(`issue 29, E2, ${store}: a time that was given holds, and neither passes nor is missed before the new reading has lasted`, async () => {
    await using day = await dayWithPausedApp(store)
    const given = day.now() + HOUR_MS
    const id = await day.post("only until then", { expires_at: rfc3339(given) })
    await day.setClock(2 * HOUR_MS)
    await day.endFaults()
    await day.advance(2 * MINUTE, { inStepsOf: 10 })
    const { state, expires_at: expiresAt, delay } = await day.message(id)
    assert.deepEqual([state, expiresAt, delay.reason], ["queued", rfc3339(given), "clock_set"])
    const [recipient] = await day.recipients(id)
    assert.deepEqual([recipient?.["state"], recipient?.["reason"]], ["pending", "clock_set"])
    const untilMs = Date.parse(String(delay.until)) - day.now()
    assert.ok(untilMs > 0 && untilMs <= 5 * MINUTE * 1000, `${untilMs}`)
    await day.advance(4 * MINUTE, { inStepsOf: 10 })
    await day.until(id, "expired")
    assert.deepEqual(await day.phone(), ["ends the peace"])
  })

  // proves 29.E2: a clock that is set ends no message
  test(`issue 29, E2, ${store}: a clock that goes back does not send what is past its time, before it has lasted`, async () => {
    await using day = await dayWithPausedApp(store)
    const id = await day.post("only until then", { expires_at: rfc3339(day.now() + 30_000) })
    await day.setClock(-2 * HOUR_MS)
    await day.advance(MINUTE, { inStepsOf: 10 })
    await day.endFaults()
    await day.advance(2 * MINUTE, { inStepsOf: 10 })
    const { recipients, delay } = await day.message(id)
    assert.deepEqual([recipients.pending, delay.reason], [1, "clock_set"])
    await day.setClock(2 * HOUR_MS)
    await day.advance(MINUTE, { inStepsOf: 10 })
    await day.until(id, "expired")
    await day.comesInTime(async () => (await day.phone()).length > 0, "what has not expired to be sent")
    assert.deepEqual(await day.phone(), ["ends the peace"])
  })
}

const DAY_MS = 24 * HOUR_MS

/** A message that is on its phone, posted with an idempotency key. */
async function dayWithOneSent(
  store: (typeof STORES)[number],
): Promise<{ day: RealDay; again: () => Promise<Answer>; id: string }> {
  const day = await RealDay.start({ store })
  const again = (): Promise<Answer> =>
    day.ask("/v1/messages", {
      headers: { "idempotency-key": "deploy-4711" },
      body: { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "deployed" } },
    })
  const id = String((await again()).json.id)
  await day.until(id, "sent")
  return { day, again, id }
}

type Answer = Awaited<ReturnType<RealDay["ask"]>>

async function isThere(day: RealDay, id: string): Promise<boolean> {
  return (await day.ask(`/v1/messages/${id}`)).status === 200
}

/**
 * If one check was still under way when the next was due, that next check is skipped: minutes pass until the one after it.
 */
async function isDeleted(day: RealDay, id: string): Promise<void> {
  const look = async (): Promise<boolean> => {
    await day.advance(MINUTE)
    return !(await isThere(day, id))
  }
  await day.comes(look, "it to be deleted")
}

for (const store of STORES) {
  // proves 29.E3: a clock that is set deletes nothing
  test(`issue 29, E3, ${store}: a clock that is 40 days fast for a while deletes nothing, and frees no key`, async () => {
    const { day, again, id } = await dayWithOneSent(store)
    await using _ = day
    await day.setClock(40 * DAY_MS)
    await day.advance(21 * MINUTE, { inStepsOf: 7 * MINUTE })
    for (const answer of [await again(), (await day.setClock(-40 * DAY_MS), await again())]) {
      assert.deepEqual([answer.status, answer.json.id], [202, id])
      assert.equal(answer.headers.get("idempotent-replayed"), "true")
    }
    assert.equal(await isThere(day, id), true)
    assert.deepEqual(await day.phone(), ["deployed"])
  })

  // proves 29.E3: a clock that is set deletes nothing
  test(`issue 29, E3, ${store}: what is past its time by a clock that was set goes when that is an hour ago`, async () => {
    const { day, again, id } = await dayWithOneSent(store)
    await using _ = day
    await day.setClock(40 * DAY_MS)
    await day.advance(59 * MINUTE, { inStepsOf: 11 * MINUTE })
    assert.equal(await isThere(day, id), true)
    await day.advance(12 * MINUTE, { inStepsOf: 11 * MINUTE })
    await isDeleted(day, id)
    assert.notEqual((await again()).json.id, id)
  })

  // proves 29.E3: a clock that is set deletes nothing
  test(`issue 29, E3, ${store}: a start far from the last time that was trusted is a jump`, async () => {
    const { day, again, id } = await dayWithOneSent(store)
    await using _ = day
    await day.stop()
    await day.setClock(40 * DAY_MS)
    await day.start()
    assert.equal((await again()).json.id, id)
    await day.advance(33 * MINUTE, { inStepsOf: 11 * MINUTE })
    assert.deepEqual([await isThere(day, id), (await again()).json.id], [true, id])
    await day.advance(40 * MINUTE, { inStepsOf: 11 * MINUTE })
    await isDeleted(day, id)
  })
}
