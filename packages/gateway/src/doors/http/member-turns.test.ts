import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

const THIRTY_A_MINUTE = { member_per_minute: 30, member_per_hour: 1000 }

/** @returns the ids of the messages */
async function storm(day: RealDay, count: number): Promise<readonly string[]> {
  return day.postAll(
    Array.from({ length: count }, (_, n) => `message ${n}`),
    "alerts",
  )
}

async function shown(day: RealDay, count: number): Promise<boolean> {
  return (await day.phone()).length >= count
}

/** How many recipients are sent, or were held back, so far. */
async function counted(day: RealDay, what: "sent" | "member_rate"): Promise<number> {
  const { text } = await day.ask("/metrics")
  const name = what === "sent" ? "recipients" : "throttled"
  return Number(new RegExp(`^wecom_push_${name}_total\\{[^}]*"${what}"[^}]*\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0)
}

/** Waits until this many are sent, and each of them counts for the limit. */
async function sent(day: RealDay, count: number): Promise<void> {
  await day.comes(async () => (await counted(day, "sent")) >= count, `${count} to be sent`)
  await day.sendsAreNoted()
}

/** @returns the seconds until the phone shows this many, which is not before the next minute */
async function waveComes(day: RealDay, count: number): Promise<number> {
  await day.advance(50, { inStepsOf: 50 })
  const tookS = 50 + (await day.secondsUntil(() => shown(day, count), { atMost: 30 }))
  if (tookS < Infinity) await sent(day, count)
  return tookS
}

/** Waits until the first thirty are sent and all others are marked as delayed. */
async function allWait(day: RealDay, all: readonly string[]): Promise<void> {
  await day.comes(async () => (await counted(day, "member_rate")) >= all.length - 30, "the others to wait")
  await sent(day, 30)
}

for (const store of STORES) {
  // proves 29.E12: a storm to one member
  test(`issue 29, E12, ${store}: a change of the app that touches no limit asks for none of those that wait again`, async () => {
    await using day = await RealDay.start({ store, settings: THIRTY_A_MINUTE })
    const ids = await storm(day, 60)
    await allWait(day, ids)
    const before = await counted(day, "member_rate")
    const change = (settings: object) => day.ask("/v1/apps/alerts", { method: "PATCH", body: { settings } })
    for (const settings of [{}, { mobile_check: "length" }]) await change(settings)
    await day.advance(2)
    assert.equal(await counted(day, "member_rate"), before)
    await change({ member_per_hour: 999 })
    await day.comesInTime(
      async () => (await counted(day, "member_rate")) >= before + 30,
      "them to be asked for by the new limit",
    )
  })

  // proves 29.E4: turns in a member's window
  test(`issue 29, E4, ${store}: of 150 messages to one member thirty go out each minute, and all within 250 s`, async () => {
    await using day = await RealDay.start({ store, settings: THIRTY_A_MINUTE })
    // A message counts from the time of its answer, so that the next ones come a little too early.
    await day.fault({ kind: "slow", delay_ms: 20 })
    await allWait(day, await storm(day, 150))
    let tookS = 0
    for (let count = 60; count <= 150; count += 30) tookS += await waveComes(day, count)
    assert.ok(tookS <= 250, `${tookS} s`)
    // Messages beyond the limit are dropped: a phone would show fewer.
    assert.equal(new Set(await day.phone()).size, 150)
  })

  // proves 29.E4: turns in a member's window
  test(`issue 29, E4, ${store}: no change of the app costs a turn`, async () => {
    await using day = await RealDay.start({ store, settings: THIRTY_A_MINUTE })
    const ids = await storm(day, 60)
    await allWait(day, ids)
    for (const settings of [{}, {}, { mobile_check: "length" }, { member_per_hour: 999 }]) {
      const { status } = await day.ask("/v1/apps/alerts", { method: "PATCH", body: { settings } })
      assert.equal(status, 200)
      await day.advance(1)
    }
    const tookS = await waveComes(day, 60)
    assert.ok(tookS <= 62, `${tookS} s`)
  })

  // proves 29.E4: turns in a member's window
  test(`issue 29, E4, ${store}: turns end with their messages: a new one does not wait for 100 that were cancelled`, async () => {
    await using day = await RealDay.start({ store, settings: THIRTY_A_MINUTE })
    const ids = await storm(day, 130)
    await allWait(day, ids)
    for (const id of ids.slice(30)) await day.ask(`/v1/messages/${id}/cancel`, { method: "POST" })
    const id = await day.post("the new one")
    assert.ok((await waveComes(day, 31)) <= 65)
    await day.until(id, "sent")
  })
}
