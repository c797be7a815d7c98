import assert from "node:assert/strict"
import { test } from "node:test"
import type { ApiRequest } from "../api.ts"
import type { LookupStore } from "../lookup-store.ts"
import { refusedError } from "../make-error.ts"
import { bodyOf, fakeApi } from "../testing/fake-api.ts"
import type { FakeApi } from "../testing/fake-api.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import type { LeapingClock } from "../testing/leaping-clock.ts"
import { lookupKeys } from "./lookup-key.ts"
import { memoryLookupStore } from "./memory-lookup-store.ts"
import { People } from "./people.ts"
import type { PeopleDeps } from "./people.ts"
import type { Address } from "./question.ts"
import { tolerantLookupStore } from "./tolerant-lookup-store.ts"
import { StoreLimit } from "../store-limit.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SCOPE = { baseUrl: "https://qyapi.weixin.qq.com", corpId: "ww1", agentId: 1, secret: "s" }

/** Numbers ending in 9 have no member; the others have `u` and their number. */
function answerFor(request: ApiRequest): { errcode: number; userid?: string } {
  const mobile = String(bodyOf(request)["mobile"] ?? bodyOf(request)["email"])
  return mobile.endsWith("9") ? { errcode: 46004 } : { errcode: 0, userid: `u${mobile}` }
}

interface Trial {
  readonly people: People
  readonly api: FakeApi
  readonly clock: LeapingClock
  /** Finds mobiles and tells them in short. */
  readonly find: (mobiles: readonly string[], fresh?: boolean) => Promise<string[]>
}

function trial(
  answer: Parameters<typeof fakeApi>[0] = answerFor,
  changes: Partial<PeopleDeps> & { clock?: LeapingClock } = {},
): Trial {
  const clock = changes.clock ?? leapingClock()
  const api = fakeApi(answer, clock)
  const people = new People({
    api,
    store: memoryLookupStore(),
    keys: lookupKeys(SCOPE),
    language: "en",
    baseUrl: SCOPE.baseUrl,
    callTimeoutMs: 30_000,
    hitLifetimeMs: 7 * DAY_MS,
    missLifetimeMs: DAY_MS,
    mobileCheck: "strict",
    ...changes,
  })
  return {
    people,
    api,
    clock,
    async find(mobiles, fresh = false) {
      const { people: outcomes } = await people.find(mobiles.map(mobile), { fresh, deadline: Infinity })
      return outcomes.map(
        ({ userid, state, reason, cached }) => `${userid ?? `${state} ${reason}`}${cached ? " cached" : ""}`,
      )
    },
  }
}

function mobile(address: string): Address {
  return { type: "mobile", address }
}

function mobiles(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `138${String(index).padStart(7, "0")}1`)
}

test("a hit is remembered for 7 days, a miss for 24 hours", async () => {
  const { find, clock, api } = trial()
  const both = ["13800000001", "13800000009"]
  assert.deepEqual(await find(both), ["u13800000001", "not_found no_visible_member"])
  clock.advance(DAY_MS - 1)
  assert.deepEqual(await find(both), ["u13800000001 cached", "not_found no_visible_member_cached cached"])
  clock.advance(1)
  assert.deepEqual(await find(both), ["u13800000001 cached", "not_found no_visible_member"])
  clock.advance(6 * DAY_MS)
  assert.deepEqual(await find(["13800000001"]), ["u13800000001"])
  assert.equal(api.requests.length, 4)
})

test("fresh asks WeCom again, and what it says replaces what was remembered", async () => {
  let owner = "old"
  const { find } = trial(() => ({ errcode: 0, userid: owner }))
  await find(["13800000001"])
  owner = "new"
  assert.deepEqual(await find(["13800000001"]), ["old cached"])
  assert.deepEqual(await find(["13800000001"], true), ["new"])
  assert.deepEqual(await find(["13800000001"]), ["new cached"])
})

test("a number written in several ways is one question", async () => {
  const { find, api } = trial()
  const written = ["13800000001", "+86 138 0000 0001", "１３８０００００００１"]
  assert.deepEqual(await find(written), Array<string>(3).fill("u13800000001"))
  assert.equal(api.requests.length, 1)
})

test("the corp's and the personal mailbox are different questions, capitals are not", async () => {
  const { people, api } = trial()
  const ask = (address: string, emailType?: 1 | 2) =>
    people.find([{ type: "email", address }], { deadline: Infinity, ...(emailType === undefined ? {} : { emailType }) })
  await ask("a@example.com")
  await ask("A@Example.com")
  await ask("a@example.com", 2)
  assert.deepEqual(
    api.requests.map((request) => bodyOf(request)),
    [
      { email: "a@example.com", email_type: 1 },
      { email: "a@example.com", email_type: 2 },
    ],
  )
})

test("what one app knows is not taken for another's, since they see different people", async () => {
  const store = memoryLookupStore()
  await trial(answerFor, { store }).find(["13800000001"])
  for (const difference of [{ agentId: 2 }, { secret: "t" }, { corpId: "ww2" }, { baseUrl: "http://sim" }]) {
    const other = trial(answerFor, { store, keys: lookupKeys({ ...SCOPE, ...difference }) })
    assert.deepEqual(await other.find(["13800000001"]), ["u13800000001"])
  }
})

test("keys and records hold neither number nor secret", () => {
  const keys = lookupKeys({ ...SCOPE, secret: "canary" })
  assert.doesNotMatch(`${keys.record("mobile\n13800000001")} ${keys.pause}`, /canary|13800000001|ww1/)
})

test("WeCom's own verdict on a malformed number is that recipient's, and the next is asked", async () => {
  const { find } = trial((request) =>
    bodyOf(request)["mobile"] === "13800000002" ? { errcode: 60103 } : answerFor(request),
  )
  assert.deepEqual(await find(["13800000001", "13800000002", "13800000003"]), [
    "u13800000001",
    "invalid malformed_mobile",
    "u13800000003",
  ])
})

test("an answer or a record that would address everybody or several is no userid", async () => {
  const store = memoryLookupStore()
  for (const userid of ["@all", "a|b", "", " a", 7, undefined]) {
    const { find } = trial(() => ({ errcode: 0, userid }), { store })
    assert.deepEqual(await find(["13800000001"]), ["failed unusable_answer"])
  }
  const key = lookupKeys(SCOPE).record("mobile\n13800000001")
  await store.set([[key, { userid: "@all", storedAt: Date.UTC(2026, 0, 5) }]])
  assert.deepEqual(await trial(answerFor, { store }).find(["13800000001"]), ["u13800000001"])
})

test("the first 45009 stops the asking: those not asked fail with the time when WeCom may be asked again", async () => {
  const { people, clock, api } = trial((request, number) => (number > 30 ? { errcode: 45009 } : answerFor(request)))
  const { people: found, error } = await people.find(mobiles(500).map(mobile), { deadline: Infinity })
  assert.ok(api.requests.length <= 30 + 20, `${api.requests.length}`)
  assert.equal(found.filter(({ state }) => state === "found").length, 30)
  const rest = found.filter(({ state }) => state === "failed")
  assert.equal(rest.length, 470)
  const retryAt = clock.now() + 60_000
  assert.ok(
    rest.every(({ reason, errcode, retryAt: at }) => reason === "lookup_paused" && errcode === 45009 && at === retryAt),
  )
  assert.deepEqual([error?.errcode, error?.class, error?.retryAfterMs], [45009, "throttled", 60_000])
})

test("during a pause nothing is asked, and what is remembered still helps", async () => {
  let isClosed = false
  const { find, api } = trial((request) => (isClosed ? { errcode: 45009 } : answerFor(request)))
  await find(["13800000001"])
  isClosed = true
  await find(["13800000002"])
  assert.deepEqual(await find(["13800000001", "13800000003"]), ["u13800000001 cached", "failed lookup_paused"])
  assert.equal(api.requests.length, 2)
})

test("a pause lasts a minute, then an hour, then until the next day in Beijing", async () => {
  const { find, clock, api } = trial(() => ({ errcode: 45009 }))
  const askedAfter = async (ms: number): Promise<number> => {
    const before = api.requests.length
    clock.advance(ms)
    await find(mobiles(50))
    return api.requests.length - before
  }
  assert.ok((await askedAfter(0)) <= 20)
  assert.equal(await askedAfter(59_999), 0)
  assert.equal(await askedAfter(1), 1, "after a pause one asks alone")
  assert.equal(await askedAfter(HOUR_MS - 1), 0)
  assert.equal(await askedAfter(1), 1)
  // It is 01:01 of January 5th in UTC, so 09:01 in Beijing: 14 h 59 min are left of the day.
  assert.equal(await askedAfter(14 * HOUR_MS + 59 * 60_000 - 1), 0)
  assert.equal(await askedAfter(1), 1)
  assert.equal(await askedAfter(DAY_MS - 1), 0, "and the next one until the day after")
})

test("once WeCom answers again, the next pause is a short one", async () => {
  let isClosed = true
  const { find, clock, people } = trial((request) => (isClosed ? { errcode: 45009 } : answerFor(request)))
  await find(["13800000001"])
  clock.advance(60_000)
  isClosed = false
  assert.deepEqual(await find(["13800000001"]), ["u13800000001"])
  isClosed = true
  const { error } = await people.find([mobile("13800000002")], { deadline: Infinity })
  assert.equal(error?.retryAfterMs, 60_000)
})

test("a pause is shared by all who share the store, whatever their app", async () => {
  const store = memoryLookupStore()
  const clock = leapingClock()
  await trial(() => ({ errcode: 45009 }), { store, clock }).find(["13800000001"])
  const other = trial(answerFor, { store, clock, keys: lookupKeys({ ...SCOPE, agentId: 2, secret: "t" }) })
  assert.deepEqual(await other.find(["13800000002"]), ["failed lookup_paused"])
  assert.equal(other.api.requests.length, 0)
})

test("at most twenty questions are under way at once, and 20,000 of them take over two minutes", async () => {
  let underWay = 0
  let most = 0
  const { find, clock, api } = trial(async (request) => {
    most = Math.max(most, ++underWay)
    await Promise.resolve()
    underWay--
    return answerFor(request)
  })
  const start = clock.now()
  await find(mobiles(20_000))
  assert.equal(api.requests.length, 20_000)
  assert.ok(most <= 20)
  const tookMs = clock.now() - start
  assert.ok(tookMs >= 120_000 && tookMs < 130_000, `${tookMs} ms`)
})

test("a refusal that concerns everybody stops the bulk after the questions under way", async () => {
  const { people, api } = trial(() => ({
    errcode: 60020,
    errmsg: "not allow to access from your ip, from ip: 203.0.113.7",
  }))
  const { people: found, error } = await people.find(mobiles(200).map(mobile), { deadline: Infinity })
  assert.ok(api.requests.length <= 20)
  assert.ok(found.every(({ state, errcode }) => state === "failed" && errcode === 60020))
  assert.equal(error?.fromIp, "203.0.113.7")
})

test("a number whose question failed is not remembered", async () => {
  const { find, api } = trial((request, number) => {
    if (number === 1) throw refusedError({ errcode: 45033, errmsg: "" }, { api: "user/getuserid", language: "en" })
    return answerFor(request)
  })
  assert.deepEqual(await find(["13800000001"]), ["failed call_refused"])
  assert.deepEqual(await find(["13800000001"]), ["u13800000001"])
  assert.equal(api.requests.length, 2)
})

test("what was learnt before the caller gave up is remembered", async () => {
  const controller = new AbortController()
  const { people, find } = trial((request, number) => {
    if (number === 40) controller.abort()
    return answerFor(request)
  })
  await people.find(mobiles(30).map(mobile), { deadline: Infinity, signal: controller.signal })
  assert.ok((await find(mobiles(30))).every((told) => told.endsWith(" cached")))
})

test("a store that cannot be read or written costs questions, not people", async () => {
  const troubles: unknown[] = []
  const store: LookupStore = { get: broken, set: broken, getPause: broken, setPause: broken }
  const { find } = trial(answerFor, {
    store: tolerantLookupStore(store, new StoreLimit(1500), (cause) => troubles.push(cause)),
  })
  assert.deepEqual(await find(["13800000001"]), ["u13800000001"])
  assert.ok(troubles.length > 0)
})

function broken(): Promise<never> {
  return Promise.reject(new Error("EACCES"))
}
