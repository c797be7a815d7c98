import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "./testing/start-dispatch.ts"
import type { DispatchUnderTest } from "./testing/start-dispatch.ts"

interface Org {
  readonly members: { userid: string; mobile: string }[]
  readonly tags: object[]
}

const DAY_S = 86_400
const lookups = async (gateway: DispatchUnderTest): Promise<number> => (await gateway.calls("user/getuserid")).length
const first = async (gateway: DispatchUnderTest, id: string) => (await gateway.recipients(id))[0]

test("a number is asked once, however many messages want it at once", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "user/getuserid", kind: "slow", delay_ms: 50 })
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, n) => gateway.post({ mobiles: ["13800000001", "+86 138 0000 0001"], text: `${n}` })),
  )
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.equal(await lookups(gateway), 1)
})

test("hits are remembered for seven days, misses for one", async () => {
  await using gateway = await startDispatch()
  const post = async () => gateway.outcome(await gateway.post({ mobiles: ["13800000001", "13800000099"] }))
  await post()
  await gateway.advance(DAY_S - 60)
  await post()
  assert.equal(await lookups(gateway), 2)
  await gateway.advance(120)
  await post()
  assert.equal(await lookups(gateway), 3, "the miss was asked again")
  await gateway.advance(6 * DAY_S)
  await post()
  assert.equal(await lookups(gateway), 5)
})

test("emails are looked up as well", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ emails: ["LiSi@example.com", "nobody@example.com"] })
  assert.deepEqual(await gateway.outcome(id), ["sent", "not_found"])
})

test("a malformed number fails alone and is not asked", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ mobiles: ["1234", "13800000001"] })
  assert.deepEqual(await gateway.outcome(id), ["invalid", "sent"])
  assert.equal((await first(gateway, id))?.reason, "malformed_mobile")
  assert.equal(await lookups(gateway), 1)
})

// proves A13: numbers that no member has
test("A13: numbers that no member has stop at the day's budget; the rest waits for the next day, found ones do not", async () => {
  await using gateway = await startDispatch({ corpSettings: { lookup_miss_budget: 3 } })
  const unknown = Array.from({ length: 6 }, (_, n) => `1390000000${n}`)
  const expiresAt = gateway.clock.now() + 5 * DAY_S * 1000
  const id = await gateway.post({ mobiles: ["13800000001", ...unknown, "13800000002"], expiresAt })
  await gateway.until(
    async () => (await gateway.recipients(id)).filter(({ state }) => state === "not_found").length === 3,
  )
  await gateway.until(async () => (await gateway.states(id)).includes("sent"))
  const rows = await gateway.recipients(id)
  const waiting = rows.filter(({ state }) => state === "pending")
  assert.ok(waiting.length >= 3)
  assert.ok(waiting.every(({ delayedUntil = 0 }) => delayedUntil % 86_400_000 === 16 * 3_600_000))
  assert.ok((await lookups(gateway)) <= 5)
  const later = await gateway.post({ mobiles: ["13800000001"] })
  assert.deepEqual(await gateway.outcome(later), ["sent"], "what is remembered is not held back")
  const at = waiting[0]?.delayedUntil ?? 0
  await gateway.advance((at - gateway.clock.now()) / 1000 + 1)
  await gateway.until(
    async () => (await gateway.recipients(id)).filter(({ state }) => state === "not_found").length === 6,
  )
  // The last one may have waited until as many unknown ones were asked as a day allows.
  await gateway.advance(DAY_S)
  assert.equal((await gateway.outcome(id)).filter((state) => state === "sent").length, 2)
})

test("A13: of hundreds of numbers, hits give their allowance back", async () => {
  await using gateway = await startDispatch({ simulator: { members: 300 } })
  const mobiles = Array.from({ length: 300 }, (_, n) => `139${String(n + 1).padStart(8, "0")}`)
  const id = await gateway.post({ mobiles })
  assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["sent"]))
  assert.equal((await gateway.calls()).length, 1)
})

// proves A13: numbers that no member has
test("A13: 30 % unknown of 100 numbers never close WeCom's look-up", async () => {
  await using gateway = await startDispatch({ simulator: { members: 70 } })
  const known = Array.from({ length: 70 }, (_, n) => `139${String(n + 1).padStart(8, "0")}`)
  const unknown = Array.from({ length: 30 }, (_, n) => `138111100${String(n).padStart(2, "0")}`)
  await gateway.settings({ limits: { lookup_misses_per_day: 15 } })
  const id = await gateway.post({ mobiles: [...unknown, ...known] })
  await gateway.until(async () => (await gateway.states(id)).filter((state) => state === "not_found").length === 10)
  for (let days = 0; days < 3; days++) {
    await gateway.advance(DAY_S)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const calls = await gateway.calls("user/getuserid")
  assert.equal(calls.filter(({ errcode }) => errcode === 45009).length, 0)
})

// proves A3: too often
test("A3: a closed look-up is left alone for a minute, then an hour, then until the next day, for all apps of the corp", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009, times: 3 })
  // Shortly before midnight in Beijing, recipients wait for the day after the next.
  const expiresAt = gateway.clock.now() + 3 * 86_400_000
  const id = await gateway.post({ mobiles: ["13800000001"], users: ["lisi"], expiresAt })
  await gateway.until(async () => (await gateway.recipients(id))[1]?.delayedUntil !== undefined)
  const other = await gateway.post({ mobiles: ["13800000003"], app: "hr", expiresAt })
  await gateway.until(async () => (await first(gateway, other))?.delayedUntil !== undefined)
  assert.equal(await lookups(gateway), 1)
  await gateway.until(async () => (await gateway.states(id))[0] === "sent", "who is named by userid does not wait")
  assert.equal((await gateway.states(id))[1], "pending")
  for (const [seconds, expected] of [
    [61, 2],
    [3601, 3],
  ] as const) {
    await gateway.advance(seconds)
    await gateway.until(async () => (await lookups(gateway)) === expected)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(await lookups(gateway), expected, "one finds out for all")
  }
  let until = 0
  await gateway.until(async () => {
    until = (await gateway.recipients(id))[1]?.delayedUntil ?? 0
    return until % 86_400_000 === 16 * 3_600_000
  }, "it waits until midnight in Beijing")
  await gateway.advance((until - gateway.clock.now()) / 1000 + 1)
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.deepEqual(await gateway.outcome(other), ["sent"])
})

test("a remembered number whose owner has left is looked up once more, and the new owner gets the message", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ mobiles: ["13800000001"] }))
  const org = (await gateway.control("GET", "org")) as Org
  for (const member of org.members) {
    if (member.userid === "zhangsan") Object.assign(member, { userid: "newcomer", email: "new@example.com" })
  }
  await gateway.control("PUT", "org", { ...org, tags: org.tags.map((tag) => ({ ...tag, members: [] })) })
  const id = await gateway.post({ mobiles: ["13800000001"], users: ["zhangsan"], text: "again" })
  assert.deepEqual(await gateway.outcome(id), ["invalid", "sent"])
  assert.equal((await gateway.recipients(id))[1]?.userid, "newcomer")
  assert.deepEqual(await gateway.phone("newcomer"), ["again"])
  assert.equal(await lookups(gateway), 2)
})

test("a remembered number that no member has any more is not found, without a second try", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ mobiles: ["13800000001"] }))
  const org = (await gateway.control("GET", "org")) as Org
  const members = org.members.filter(({ userid }) => userid !== "zhangsan")
  await gateway.control("PUT", "org", { ...org, members, tags: org.tags.map((tag) => ({ ...tag, members: [] })) })
  const id = await gateway.post({ mobiles: ["13800000001"] })
  assert.deepEqual(await gateway.outcome(id), ["not_found"])
})

test("a look-up that WeCom does not answer is asked again soon", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "user/getuserid", kind: "reset_before" })
  const id = await gateway.post({ mobiles: ["13800000001"] })
  await gateway.until(async () => (await lookups(gateway)) === 1)
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("60020 at a look-up pauses the app like any other call's", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "user/getuserid", kind: "errcode", errcode: 60020 })
  const id = await gateway.post({ mobiles: ["13800000001", "13800000002"] })
  await gateway.until(async () => (await gateway.stores.apps.get("alerts"))?.pause !== undefined)
  assert.deepEqual(await gateway.states(id), ["pending", "pending"])
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.equal((await gateway.stores.apps.get("alerts"))?.pause, undefined)
})

test("a look-up for its own sake tells the userid, what is remembered or fresh, and when to ask again", async () => {
  await using gateway = await startDispatch({ corpSettings: { lookup_miss_budget: 1 } })
  const ask = (address: string, fresh = false) =>
    gateway.dispatcher.lookUp({ app: "alerts", type: "mobile", address, fresh })
  assert.deepEqual(await ask("13800000001"), { kind: "found", userid: "zhangsan" })
  assert.deepEqual(await ask("13800000001"), { kind: "found", userid: "zhangsan" })
  assert.equal(await lookups(gateway), 1)
  await ask("13800000001", true)
  assert.equal(await lookups(gateway), 2)
  assert.deepEqual(await ask("13800000099"), { kind: "not_found" })
  assert.deepEqual(await ask("12"), { kind: "invalid" })
  const spent = await ask("13800000098")
  assert.equal(spent.kind, "budget_spent")
})

// proves 3.5: the governor
test("at most 9,000 look-ups a minute, unless the corp says otherwise", async () => {
  await using gateway = await startDispatch({ simulator: { members: 30 }, corpSettings: { lookups_per_minute: 10 } })
  const mobiles = Array.from({ length: 30 }, (_, n) => `139${String(n + 1).padStart(8, "0")}`)
  const id = await gateway.post({ mobiles })
  await gateway.until(async () => (await lookups(gateway)) === 10)
  await gateway.advance(55)
  assert.equal(await lookups(gateway), 10)
  // Each counts from its answer, which on a busy machine may be read after the clock was put forward.
  const later = (isSo: () => Promise<boolean>): Promise<void> =>
    gateway.until(async () => {
      if (await isSo()) return true
      await gateway.advance(1)
      return false
    })
  await later(async () => (await lookups(gateway)) >= 20)
  await later(async () => (await gateway.summary(id)).finishedAt !== undefined)
  assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["sent"]))
})

test("a look-up for its own sake asks anew once what is remembered is too old", async () => {
  await using gateway = await startDispatch()
  const lookUp = async (address: string) => {
    const { kind } = await gateway.dispatcher.lookUp({ app: "alerts", type: "mobile", address, fresh: false })
    return [kind, await lookups(gateway)]
  }
  assert.deepEqual(await lookUp("13800000001"), ["found", 1])
  assert.deepEqual(await lookUp("13800000099"), ["not_found", 2])
  await gateway.advance(DAY_S - 60)
  assert.deepEqual(await lookUp("13800000001"), ["found", 2])
  assert.deepEqual(await lookUp("13800000099"), ["not_found", 2])
  await gateway.advance(120)
  assert.deepEqual(await lookUp("13800000099"), ["not_found", 3])
  await gateway.advance(6 * DAY_S)
  assert.deepEqual(await lookUp("13800000001"), ["found", 4])
})

test("a look-up for its own sake tells that WeCom has closed them and until when, or why it failed", async () => {
  await using gateway = await startDispatch()
  const ask = (address: string) => gateway.dispatcher.lookUp({ app: "alerts", type: "mobile", address, fresh: false })
  await gateway.fault({ path: "user/getuserid", kind: "http_status", status: 502 })
  assert.deepEqual(await ask("13800000001"), { kind: "failed" })
  await gateway.advance(61)
  await gateway.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009 })
  await ask("13800000002")
  const closed = await ask("13800000003")
  assert.ok(closed.kind === "paused", JSON.stringify(closed))
  const waitMs = closed.retryAt - gateway.clock.now()
  assert.ok(waitMs > 30_000 && waitMs <= 60_000, `${waitMs} ms`)
})
