import assert from "node:assert/strict"
import { test } from "node:test"
import { beijingDay } from "@wecom-push/protocol/delivery"
import { StorageError } from "../../model/storage-error.ts"
import { faulty } from "../../store/testing/faulty-store.ts"
import { ALERTS_AGENT, startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchOptions, DispatchUnderTest } from "../testing/start-dispatch.ts"

/** `count` members of the simulator, beginning with number `from`. */
function members(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `m${String(from + n).padStart(6, "0")}`)
}

/** 5 accounts are 1,000 person-times a day, for the app and for the simulator. */
function startWithQuota(options: DispatchOptions = {}): Promise<DispatchUnderTest> {
  return startDispatch({
    simulator: { members: 1200, settings: { limits: { app_person_times_per_day: 1000 } } },
    settings: { account_cap: 5 },
    ...options,
  })
}

const quotaEvents = async (gateway: DispatchUnderTest): Promise<string[]> =>
  (await gateway.stores.events.since(0, { limit: 1000, apps: "all" }))
    .map(({ type }) => type)
    .filter((type) => type.startsWith("app.quota"))

const taken = (gateway: DispatchUnderTest): Promise<number> =>
  gateway.stores.personTimes.taken(ALERTS_AGENT, beijingDay(gateway.clock.now()))

async function toNextDay(gateway: DispatchUnderTest, delayedUntil: number): Promise<void> {
  assert.equal(delayedUntil % 86_400_000, 16 * 3_600_000, "midnight in Beijing")
  await gateway.advance((delayedUntil - gateway.clock.now()) / 1000 + 1)
}

// proves A12: a day's quota
test("A12: the day quota is warned of at 80 %, held at 100 % until the next day, and high priority has a reserve", async () => {
  await using gateway = await startWithQuota()
  assert.equal(new Set(await gateway.outcome(await gateway.post({ users: members(1, 790) }))).size, 1)
  assert.deepEqual(await quotaEvents(gateway), [])
  await gateway.outcome(await gateway.post({ users: members(800, 30), text: "二" }))
  assert.deepEqual(await quotaEvents(gateway), ["app.quota_low"])
  assert.equal(gateway.log.filter(({ level, sentence }) => level === "warn" && sentence.includes("80 %")).length, 1)

  const normal = await gateway.post({ users: members(1, 200), text: "三" })
  await gateway.until(async () =>
    (await gateway.recipients(normal)).some(({ delayedUntil }) => delayedUntil !== undefined),
  )
  await gateway.until(async () => (await gateway.summary(normal)).counts.sent > 0)
  assert.equal((await gateway.summary(normal)).counts.sent, 130, "to 950")
  assert.deepEqual(await quotaEvents(gateway), ["app.quota_low", "app.quota_spent"])
  const bulk = await gateway.post({ users: ["zhangsan"], text: "四", priority: "bulk" })
  await gateway.until(async () => (await gateway.recipients(bulk))[0]?.delayedUntil !== undefined)

  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["lisi"], text: "五", priority: "high" })), [
    "sent",
  ])
  const high = await gateway.post({ users: members(400, 100), text: "六", priority: "high" })
  await gateway.until(async () => (await gateway.summary(high)).counts.sent > 0)
  assert.equal((await gateway.summary(high)).counts.sent, 49, "to 1,000")
  assert.equal(await taken(gateway), 1000)

  const rows = (await gateway.recipients(high)).filter(({ state }) => state === "pending")
  assert.equal(rows.length, 51)
  assert.ok(rows.every(({ delayedUntil }) => delayedUntil !== undefined))
  await toNextDay(gateway, rows[0]?.delayedUntil ?? 0)
  for (const id of [normal, bulk, high]) assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["sent"]))
  assert.ok(
    (await gateway.calls()).every(({ errcode }) => errcode === 0),
    "WeCom never had to say so",
  )
  assert.ok((gateway.throttled.get("day_quota") ?? 0) >= 122)
})

test("without an account cap there is no day quota of ours", async () => {
  await using gateway = await startDispatch({ simulator: { members: 1200 } })
  assert.deepEqual(new Set(await gateway.outcome(await gateway.post({ users: members(1, 1200) }))), new Set(["sent"]))
  assert.equal(await taken(gateway), 0)
})

test("a recipient that got nothing is not counted", async () => {
  await using gateway = await startWithQuota()
  // The quota is given back once the outcome is stored, so perhaps only after it can be seen.
  const isTaken = (count: number): Promise<void> => gateway.until(async () => (await taken(gateway)) === count)
  await gateway.outcome(await gateway.post({ users: ["zhangsan", "ghost", "unlicensed", "lisi"] }))
  await isTaken(2)
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45002 })
  await gateway.outcome(await gateway.post({ users: ["WangWu"] }))
  await isTaken(2)
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match: "bad", times: 9 })
  await gateway.outcome(await gateway.post({ users: ["WangWu", "bad", "007"] }))
  await isTaken(4)
})

test("every part of a text counts, and a part that has to wait for the next day is sent then", async () => {
  await using gateway = await startDispatch({
    simulator: { members: 300, settings: { limits: { app_person_times_per_day: 200 } } },
    settings: { account_cap: 1 },
  })
  const parts = ["一", "二"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
  const id = await gateway.post({ users: members(1, 120), parts })
  await gateway.until(async () => (await gateway.recipients(id)).some(({ delayedUntil }) => delayedUntil !== undefined))
  await gateway.until(async () => (await gateway.summary(id)).counts.sent === 70)
  const waiting = (await gateway.recipients(id)).find(({ state }) => state === "pending")
  await toNextDay(gateway, waiting?.delayedUntil ?? 0)
  assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["sent"]))
  assert.deepEqual(await gateway.phone("m000120"), ["一", "二"])
})

// proves 12.G2: what is reserved, over the dispatcher
test("a call whose intent may be stored keeps what it has taken: it goes out later without asking again", async () => {
  for (const when of ["before", "after"] as const) {
    await using gateway = await startWithQuota({
      wrap: (stores) => ({
        ...stores,
        outbox: faulty(stores.outbox, [{ method: "begin", when, call: 1, error: new StorageError("storage_error") }]),
      }),
    })
    assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan", "lisi"] })), ["sent", "sent"])
    assert.ok((await taken(gateway)) >= 2, `failing ${when} it was stored: too much may count, never too little`)
  }
})

test("everybody counts as many as the corp may have, and waits when there is no room for them", async () => {
  await using gateway = await startDispatch({ settings: { account_cap: 2 }, simulator: { members: 0 } })
  for (let n = 0; n < 190; n++) await gateway.stores.personTimes.take(wish(gateway, 2))
  const id = await gateway.post({ all: true })
  await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined)
  assert.equal(await taken(gateway), 380)
  const urgent = await gateway.post({ all: true, priority: "high" })
  assert.deepEqual(await gateway.outcome(urgent), ["sent"])
  assert.equal(await taken(gateway), 382)
})

function wish(gateway: DispatchUnderTest, wanted: number) {
  const at = gateway.clock.now()
  return { party: ALERTS_AGENT, day: beijingDay(at), wanted, limit: 1e9, lowFrom: 1e9, at }
}

test("what was used before a restart counts after it", async () => {
  await using gateway = await startWithQuota()
  await gateway.outcome(await gateway.post({ users: members(1, 950) }))
  await gateway.crash()
  const id = await gateway.post({ users: ["lisi"] })
  await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined)
  assert.equal((await gateway.calls()).length, 1)
})

test("a larger cap lets go what waits for the next day", async () => {
  await using gateway = await startWithQuota({ simulator: { members: 1200 } })
  const id = await gateway.post({ users: members(1, 1100) })
  await gateway.until(async () => (await gateway.recipients(id)).some(({ delayedUntil }) => delayedUntil !== undefined))
  await gateway.until(async () => (await gateway.summary(id)).counts.sent === 950)
  await gateway.stores.apps.change("alerts", { settings: { account_cap: 10 } }, gateway.clock.now())
  assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["sent"]))
})

test("a call repeated on the next day counts for that one", async () => {
  await using gateway = await startWithQuota()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
  const id = await gateway.post({ users: members(1, 10), expiresAt: gateway.clock.now() + 200 * 3_600_000 })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
  assert.equal(await taken(gateway), 10)
  await gateway.advance(86_400)
  await gateway.outcome(id)
  assert.equal(await taken(gateway), 10)
})

test("shared calls are inside the quota too", async () => {
  await using gateway = await startWithQuota({ settings: { account_cap: 5, share_calls: true }, idle: true })
  await gateway.stores.personTimes.take(wish(gateway, 948))
  const ids: string[] = []
  for (const user of members(1, 4)) ids.push(await gateway.post({ users: [user], text: "x" }))
  gateway.start()
  await gateway.until(async () => (await gateway.stats())["recipients"] === 2)
  await gateway.until(async () => {
    const rows = await Promise.all(ids.map((id) => gateway.recipients(id)))
    return rows.flat().filter(({ delayedUntil }) => delayedUntil !== undefined).length === 2
  })
  assert.equal((await gateway.calls()).length, 1)
})
