import assert from "node:assert/strict"
import { test } from "node:test"
import { beijingDay } from "@wecom-push/protocol/delivery"
import type { HealthSignal } from "@wecom-push/protocol/delivery"
import { memoryLookupStore } from "@wecom-push/sdk"
import { agentParty } from "../model/party.ts"
import { appLimits } from "../model/app-limits.ts"
import { aTarget, targets } from "../model/testing/a-target.ts"
import { StorageError } from "../model/storage-error.ts"
import type { AppPause, AppRecord, Settings } from "../model/ports/apps.ts"
import type { Permit } from "../model/ports/governor.ts"
import { PartyLimits } from "./party-limits.ts"
import { AllCalls } from "./all-calls.ts"
import { AppGovernor } from "./app-governor.ts"
import { clockAt } from "./testing/clock-at.ts"
import { anOwner } from "./testing/an-owner.ts"

/** Noon in Beijing. */
const NOON = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const DAY_MS = 86_400_000

const HEALTHY = { kind: "healthy" } as const
const THROTTLED = { kind: "throttled" } as const
const WRONG_IP = { kind: "misconfigured", errcode: 60020, errmsg: "not allow to access from your ip" } as const
const REFUSED = { kind: "unreachable", cause: { kind: "refused", errcode: undefined, errmsg: "refused" } } as const

const ofLevel =
  (level: string, logged: [level: string, details: object, words: string][]) =>
  (details: object, words: string): void =>
    void logged.push([level, details, words])

/** Governors of the names of one party, on a clock that moves only when a test calls `pass`. */
class World {
  nowMs = NOON
  steadyMs = NOON
  readonly clock = clockAt(this)
  readonly pauses: [app: string, pause: AppPause, version: number][] = []
  readonly resumed: [app: string, at: number, version: number][] = []
  readonly opened: string[] = []
  readonly doubted: string[] = []
  readonly partiesOpened: string[] = []
  readonly logged: [level: string, details: object, words: string][] = []
  readonly used = new Map<string, number>()
  /** Whether a pause concerns the app's current configuration, or the error that storing it throws. */
  pauseAnswer: boolean | Error = true
  trouble: Error | undefined
  readonly limits: PartyLimits
  readonly #settings: Settings

  constructor(settings: Settings = {}) {
    this.#settings = { member_per_minute: 1, member_per_hour: null, ...settings }
    const { clock } = this
    const personTimes = {
      take: async ({ day, wanted }: { day: string; wanted: number }) => {
        if (this.trouble !== undefined) throw this.trouble
        this.used.set(day, (this.used.get(day) ?? 0) + wanted)
        return { granted: wanted, news: undefined }
      },
      giveBack: () => Promise.resolve(),
      taken: () => Promise.resolve(0),
    }
    this.limits = new PartyLimits(
      {
        clock,
        lookups: memoryLookupStore(),
        personTimes,
        busyMembers: undefined,
        log: { info: nothing, warn: nothing, error: nothing },
        allCalls: new AllCalls(1000),
      },
      agentParty({ corpId: "ww1", agentId: 1000002 }),
      appLimits(this.#settings),
      { members: undefined, countsChats: true },
    )
  }

  open(name = "alerts", nextProbeAt?: number): AppGovernor {
    const app: AppRecord = {
      name,
      corpId: "ww1",
      agentId: 1000002,
      partyId: "1000002",
      kind: "app",
      createdAt: NOON,
      updatedAt: NOON,
      settings: this.#settings,
      pause: nextProbeAt === undefined ? undefined : { errcode: 60020, errmsg: "ip", since: NOON, nextProbeAt },
      version: 7,
    }
    const { logged } = this
    return new AppGovernor(
      {
        clock: this.clock,
        random: () => 1,
        apps: {
          pause: async (...args) => {
            this.pauses.push(args)
            if (typeof this.pauseAnswer !== "boolean") throw this.pauseAnswer
            return this.pauseAnswer
          },
          resume: async (...args) => {
            this.resumed.push(args)
            return true
          },
        },
        log: { info: ofLevel("info", logged), warn: ofLevel("warn", logged), error: ofLevel("error", logged) },
        onOpened: (opened) => void this.opened.push(opened),
        onDoubted: (doubted) => void this.doubted.push(doubted),
        onPartyOpened: ({ partyId }) => void this.partiesOpened.push(partyId),
      },
      app,
      this.limits,
    )
  }

  pass(ms: number): void {
    this.nowMs += ms
    this.steadyMs += ms
  }

  /** By default an exchange that began 1 ms ago and ends now. */
  async report(governor: AppGovernor, health: HealthSignal, permit?: Permit, from = this.steadyMs - 1): Promise<void> {
    await governor.report({ health, from, at: this.steadyMs, ...(permit !== undefined && { permit }) })
  }

  /** A call fails, and `agent/get` after it. */
  async cut(governor: AppGovernor): Promise<void> {
    const failed = { health: REFUSED, from: this.steadyMs - 1, at: this.steadyMs }
    await governor.report({ ...failed, message: "msg_1" })
    await governor.report({ ...failed, isAgentGet: true })
  }
}

function nothing(): void {}

async function permit(governor: AppGovernor): Promise<Permit> {
  const given = await governor.permit("normal")
  assert.ok(given !== undefined)
  return given
}

const isoOf = (at: number) => new Date(at).toISOString()

test("an app that was paused before this process began stays paused until its next try", async () => {
  const world = new World()
  const governor = world.open("alerts", NOON + 30_000)
  assert.deepEqual(governor.standing(), { closedUntil: NOON + 30_000, why: "app_paused", outage: undefined })
  assert.equal(await governor.permit("normal"), undefined)
  world.pass(30_000)
  await world.report(governor, HEALTHY, await permit(governor))
  assert.deepEqual(world.resumed, [["alerts", world.nowMs, 7]])
  assert.deepEqual([world.opened, governor.standing().why], [["alerts"], undefined])
})

test("a stored try that is further away than a pause lasts comes from a wrong clock", () => {
  const { nextProbeAtMs } = new World().open("alerts", NOON + DAY_MS)
  assert.equal(nextProbeAtMs, NOON + MINUTE)
})

test("an app that was not paused is open", () => {
  const governor = new World().open()
  assert.deepEqual(governor.standing(), { closedUntil: undefined, why: undefined, outage: undefined })
  assert.deepEqual(
    [governor.nextProbeAtMs, governor.closedUntilMs(), governor.isUnreachable],
    [undefined, undefined, false],
  )
})

test("a healthy answer to an open app costs no wait, and raises the limit of calls under way", () => {
  const world = new World()
  const governor = world.open()
  world.limits.calls.halve()
  assert.equal(world.limits.calls.limit, 1)
  for (let n = 0; n < 4; n++) assert.equal(governor.report({ health: HEALTHY, from: NOON, at: NOON }), undefined)
  assert.equal(world.limits.calls.limit, 2)
  assert.deepEqual(world.logged, [])
})

test("healthy answers of a closed app raise the limit as well", async () => {
  const world = new World()
  const governor = world.open()
  const before = await permit(governor)
  world.limits.calls.halve()
  await world.report(governor, WRONG_IP)
  for (let n = 0; n < 4; n++) await world.report(governor, HEALTHY, before)
  assert.deepEqual([world.limits.calls.limit, governor.standing().why], [2, "app_paused"])
})

test("29.E1: a single failure closes nothing, and agent/get checks whether WeCom can be reached", async () => {
  const world = new World()
  const governor = world.open()
  await world.report(governor, HEALTHY)
  await world.report(governor, REFUSED)
  assert.deepEqual([governor.isUnreachable, governor.nextProbeAtMs, world.doubted], [false, undefined, ["alerts"]])
  assert.deepEqual(world.logged, [])
})

test("29.E1: agent/get makes the due try, in turn with messages", async () => {
  const world = new World()
  const governor = world.open()
  await world.cut(governor)
  assert.equal(governor.triesByAgentGet("msg_1"), false, "it is not time")
  world.pass(1000)
  assert.equal(governor.triesByAgentGet("msg_1"), false, "agent/get failed last, and was never answered")
  await governor.report({ health: REFUSED, from: world.steadyMs, at: world.steadyMs, message: "msg_3" })
  assert.equal(governor.triesByAgentGet("msg_1"), false, "it is not time")
  world.pass(2000)
  assert.equal(governor.triesByAgentGet("msg_1"), true)
  await governor.report({ health: { kind: "answered" }, from: world.steadyMs, at: world.steadyMs, isAgentGet: true })
  assert.deepEqual([governor.triesByAgentGet("msg_1"), governor.isUnreachable], [false, false])
})

test("a configuration that WeCom refuses is stored with its next try, and logged once", async () => {
  const world = new World()
  const governor = world.open()
  const [first, second] = [await permit(governor), await permit(governor)]
  await world.report(governor, WRONG_IP, first)
  assert.deepEqual(world.pauses, [
    ["alerts", { errcode: 60020, errmsg: WRONG_IP.errmsg, since: NOON, nextProbeAt: NOON + MINUTE }, 7],
  ])
  assert.deepEqual(governor.standing(), { closedUntil: NOON + MINUTE, why: "app_paused", outage: undefined })
  assert.deepEqual(
    world.logged.map(([level, details]) => [level, details]),
    [["error", { app: "alerts", errcode: 60020, errmsg: WRONG_IP.errmsg }]],
  )
  await world.report(governor, WRONG_IP, second)
  assert.deepEqual([world.pauses.length, world.logged.length], [2, 1])
})

test("a proxy between the gateway and WeCom pauses the app, without an errcode of WeCom", async () => {
  const world = new World()
  await world.report(world.open(), { kind: "misconfigured", errcode: undefined, errmsg: "a proxy" })
  assert.equal(world.pauses[0]?.[1].errcode, 0)
})

test("a pause of a configuration that has been changed meanwhile is not logged", async () => {
  const world = new World()
  world.pauseAnswer = false
  await world.report(world.open(), WRONG_IP)
  assert.deepEqual(world.logged, [])
})

test("a pause that cannot be stored is in force all the same, and both are logged", async () => {
  const world = new World()
  world.pauseAnswer = new StorageError("storage_full")
  const governor = world.open()
  await world.report(governor, WRONG_IP)
  assert.equal(governor.closedUntilMs(), NOON + MINUTE)
  assert.deepEqual(
    world.logged.map(([level, details]) => [level, details]),
    [
      ["error", { app: "alerts", errcode: 60020, errmsg: WRONG_IP.errmsg }],
      ["error", { app: "alerts", code: "storage_full" }],
    ],
  )
})

test("a programming error is thrown", async () => {
  const world = new World()
  world.pauseAnswer = new TypeError("a mistake")
  await assert.rejects(world.report(world.open(), WRONG_IP), world.pauseAnswer)
})

test("one call may try when it is due, and a call that began before the pause cannot end it", async () => {
  const world = new World()
  const governor = world.open()
  const before = await permit(governor)
  await world.report(governor, WRONG_IP)
  world.pass(MINUTE - 1)
  assert.deepEqual([governor.closedUntilMs(), governor.nextProbeAtMs], [NOON + MINUTE, NOON + MINUTE])
  world.pass(1)
  assert.deepEqual([governor.closedUntilMs(), governor.nextProbeAtMs], [undefined, NOON + MINUTE])
  assert.equal(governor.standing().closedUntil, undefined)
  await world.report(governor, HEALTHY, before)
  assert.deepEqual([governor.nextProbeAtMs, world.opened, world.resumed], [NOON + MINUTE, [], []])
  const probe = await permit(governor)
  await world.report(governor, HEALTHY, probe)
  assert.deepEqual([governor.nextProbeAtMs, world.opened], [undefined, ["alerts"]])
  assert.deepEqual(world.logged.at(-1)?.slice(0, 2), ["info", { app: "alerts" }])
})

test("an answer that says nothing of sending ends no pause", async () => {
  const world = new World()
  const governor = world.open()
  await world.report(governor, WRONG_IP)
  await world.report(governor, { kind: "answered" })
  assert.deepEqual([governor.standing().why, world.opened], ["app_paused", []])
})

test("a pause keeps its length when the clock is set", async () => {
  const world = new World()
  const governor = world.open()
  await world.report(governor, WRONG_IP)
  governor.clockJumped(-5000)
  assert.equal(governor.closedUntilMs(), NOON + MINUTE - 5000)
})

test("WeCom's refusal of any more closes all names until the time that is reported, and the call that tries opens them", async () => {
  const world = new World()
  const [governor, other] = [world.open(), world.open("alarms")]
  await world.report(governor, THROTTLED, await permit(governor))
  const until = other.closedUntilMs()
  assert.ok(until !== undefined && until > NOON)
  assert.deepEqual(
    world.logged.map(([level, details]) => [level, details]),
    [["warn", { app: "alerts", until }]],
  )
  for (const one of [governor, other]) assert.deepEqual([one.standing().why, one.nextProbeAtMs], ["app_rate", until])
  world.pass(until - NOON)
  assert.equal(other.standing().why, undefined, "its time has come")
  const probe = await permit(other)
  assert.equal(governor.nextProbeAtMs, world.nowMs + 1000, "one call tries for all names")
  await world.report(other, HEALTHY, probe)
  assert.deepEqual([world.partiesOpened, world.opened, world.resumed], [["1000002"], [], []])
  assert.equal(governor.nextProbeAtMs, undefined)
})

test("a call that began before WeCom refused more does not open the party", async () => {
  const world = new World()
  const governor = world.open()
  const before = await permit(governor)
  await world.report(governor, THROTTLED, await permit(governor))
  await world.report(governor, HEALTHY, before)
  assert.deepEqual([world.limits.isClosed, world.partiesOpened], [true, []])
})

test("a name that is paused while its party is closed opens when both open", async () => {
  const world = new World()
  const governor = world.open()
  await world.report(governor, THROTTLED)
  await world.report(governor, WRONG_IP)
  assert.equal(governor.standing().why, "app_paused")
  world.pass(DAY_MS)
  await world.report(governor, HEALTHY, await permit(governor))
  assert.deepEqual([world.opened, world.partiesOpened, governor.nextProbeAtMs], [["alerts"], ["1000002"], undefined])
})

test("WeCom's answer of too many at once halves the limit, but only for a call that began since the app opened", async () => {
  const world = new World({ concurrent_calls: 8 })
  const governor = world.open()
  const permits = await Promise.all(Array.from({ length: 8 }, () => permit(governor)))
  for (const each of permits) await each.startSending()
  await world.report(governor, { kind: "crowded" }, permits[0])
  assert.equal(world.limits.calls.limit, 4)
  await world.report(governor, WRONG_IP)
  await world.report(governor, { kind: "crowded" }, permits[1])
  assert.equal(world.limits.calls.limit, 4, "from before the name opened")
  await world.report(governor, { kind: "crowded" })
  assert.equal(world.limits.calls.limit, 2, "an upload has no permit")
  const other = world.open("alarms")
  await world.report(other, THROTTLED)
  await world.report(other, { kind: "crowded" }, permits[2])
  assert.equal(world.limits.calls.limit, 2, "from before the party opened")
})

test("calls of one wave that WeCom refuses as too many halve the limit once", async () => {
  const world = new World({ concurrent_calls: 16 })
  const governor = world.open()
  const wave = await Promise.all(Array.from({ length: 16 }, () => permit(governor)))
  for (const each of wave) await each.startSending()
  for (const each of wave.slice(0, 10)) await world.report(governor, { kind: "crowded" }, each)
  assert.equal(world.limits.calls.limit, 8)
  for (const each of wave) each[Symbol.dispose]()
  const next = await permit(governor)
  await next.startSending()
  await world.report(governor, { kind: "crowded" }, next)
  assert.equal(world.limits.calls.limit, 1, "one alone was under way")
})

test("an outage is reported with its times, closes the app until the next try, and ends with the first answer", async () => {
  const world = new World()
  const governor = world.open()
  world.pass(1000)
  await world.cut(governor)
  const [since, nextTryAt] = [world.nowMs, world.nowMs + 1000]
  assert.deepEqual(governor.standing(), {
    closedUntil: nextTryAt,
    why: "unreachable",
    outage: { since, tries: 1, nextTryAt, cause: REFUSED.cause },
  })
  assert.deepEqual([governor.isUnreachable, governor.nextProbeAtMs], [true, nextTryAt])
  const logged = {
    app: "alerts",
    since: isoOf(since),
    tries: 1,
    cause: "refused",
    errcode: undefined,
    errmsg: "refused",
  }
  assert.deepEqual(world.logged.splice(0), [
    ["warn", { ...logged, nextTry: isoOf(nextTryAt) }, "WeCom cannot be reached"],
  ])
  world.pass(2600)
  await world.report(governor, HEALTHY, await permit(governor))
  assert.deepEqual(world.logged, [["info", { ...logged, seconds: 3 }, "WeCom can be reached again"]])
  assert.deepEqual([governor.isUnreachable, governor.nextProbeAtMs, world.opened], [false, undefined, ["alerts"]])
  assert.deepEqual(world.resumed, [], "it was not paused")
})

test("other failures of the same wave are not logged; a try that fails is", async () => {
  const world = new World()
  const governor = world.open()
  const from = world.steadyMs - 1
  await world.cut(governor)
  world.pass(10)
  await world.report(governor, REFUSED, undefined, from)
  assert.equal(world.logged.length, 1)
  assert.equal(governor.nextProbeAtMs, NOON + 1000)
  world.pass(990)
  await world.report(governor, REFUSED)
  assert.deepEqual([world.logged.length, governor.nextProbeAtMs], [2, NOON + 3000])
})

test("a late answer to a call from before an outage does not end it", async () => {
  const world = new World()
  const governor = world.open()
  await world.cut(governor)
  world.pass(10)
  await world.report(governor, HEALTHY, undefined, NOON - 5)
  assert.deepEqual([governor.isUnreachable, governor.nextProbeAtMs, world.opened], [true, NOON + 1000, []])
})

test("an answer that says nothing of sending ends an outage all the same, and the app continues", async () => {
  const world = new World()
  const governor = world.open()
  await world.cut(governor)
  world.pass(1000)
  await world.report(governor, { kind: "answered" })
  assert.deepEqual([governor.isUnreachable, governor.nextProbeAtMs, world.opened], [false, undefined, ["alerts"]])
})

test("an answer that is not WeCom's ends no outage", async () => {
  const world = new World()
  const governor = world.open()
  await world.cut(governor)
  world.pass(1000)
  await world.report(governor, { kind: "none" })
  assert.deepEqual([governor.isUnreachable, world.opened], [true, []])
})

test("an outage that ends with a refused configuration leaves the app paused", async () => {
  const world = new World()
  const governor = world.open()
  await world.cut(governor)
  world.pass(1000)
  await world.report(governor, WRONG_IP)
  assert.deepEqual([governor.isUnreachable, governor.standing().why, world.opened], [false, "app_paused", []])
})

test("an outage of a paused app shortens no pause, and a paused app that is reached again is still paused", async () => {
  const world = new World()
  const governor = world.open()
  await world.report(governor, WRONG_IP)
  world.pass(2000)
  await world.cut(governor)
  assert.equal(governor.nextProbeAtMs, NOON + MINUTE)
  assert.deepEqual(
    [governor.standing().why, governor.standing().outage?.nextTryAt],
    ["app_paused", NOON + MINUTE],
    "nothing goes out before",
  )
  world.pass(10)
  await world.report(governor, { kind: "answered" })
  assert.deepEqual([governor.isUnreachable, governor.nextProbeAtMs, world.opened], [false, NOON + MINUTE, []])
})

test("an outage without a recent try is not reported any more", async () => {
  const world = new World()
  const governor = world.open()
  await world.cut(governor)
  world.pass(1000 + 2 * MINUTE)
  assert.deepEqual(governor.standing(), { closedUntil: undefined, why: undefined, outage: undefined })
})

test("an outage is reported by the wall clock, whatever it was set to", async () => {
  const world = new World()
  const governor = world.open()
  world.clock.onJump((by) => governor.clockJumped(by))
  world.nowMs += DAY_MS
  world.clock.now()
  await world.cut(governor)
  assert.equal(governor.standing().outage?.since, NOON + DAY_MS)
  assert.equal(governor.nextProbeAtMs, NOON + DAY_MS + 1000)
})

test("a call that may have arrived goes again into its own room for 58 seconds; any other waits", async () => {
  for (const { afterMs, mayHaveArrived, goes } of [
    { afterMs: 57_999, mayHaveArrived: true, goes: true },
    { afterMs: 58_000, mayHaveArrived: true, goes: false },
    { afterMs: 1000, mayHaveArrived: false, goes: false },
  ]) {
    const world = new World()
    const governor = world.open()
    const first = governor.reserve("normal", anOwner())
    first.add("zhangsan")
    first.ended(NOON)
    world.pass(afterMs)
    const again = await governor.reserveAgain(targets("zhangsan"), {
      owner: "msg_again",
      firstTryAtMs: NOON,
      mayHaveArrived,
      waitsUntilMs: Infinity,
    })
    assert.equal("renew" in again, goes)
    if (!goes) assert.deepEqual(again, { untilMs: NOON + MINUTE + 1, reason: "member_rate" })
  }
})

test("departments have no windows of their own when a call goes out again", async () => {
  const world = new World()
  const governor = world.open()
  const department = { ...aTarget("2", 0), kind: "department" } as const
  const again = { owner: "msg_again", firstTryAtMs: NOON, mayHaveArrived: false, waitsUntilMs: Infinity }
  for (let n = 0; n < 2; n++) assert.ok("renew" in (await governor.reserveAgain([department], again)))
})

test("a call to a chat that goes out again counts with those to chats, which have windows of their own", async () => {
  const world = new World({ chat_per_minute: 1 })
  const governor = world.open()
  const chat = { ...aTarget("oncall", 0), kind: "chat" } as const
  const again = { owner: "msg_again", firstTryAtMs: NOON, mayHaveArrived: false, waitsUntilMs: Infinity }
  const first = governor.reserve("normal", anOwner(), "chat")
  assert.equal(first.add(chat.key), undefined)
  first.ended(NOON)
  assert.deepEqual(await governor.reserveAgain([chat], again), { untilMs: NOON + MINUTE + 1, reason: "target_rate" })
  const ofMembers = governor.reserve("normal", anOwner())
  assert.equal(ofMembers.add(chat.key), undefined)
})

test("a call that goes out again on another day counts for that one; one that cannot be counted holds no member", async () => {
  const world = new World({ account_cap: 1 })
  const governor = world.open()
  const again = { owner: "msg_again", firstTryAtMs: NOON - DAY_MS, mayHaveArrived: false, waitsUntilMs: Infinity }
  world.trouble = new StorageError("storage_error")
  await assert.rejects(governor.reserveAgain(targets("zhangsan"), again), world.trouble)
  world.trouble = undefined
  const reservation = await governor.reserveAgain(targets("zhangsan"), again)
  assert.ok("renew" in reservation)
  assert.equal(world.used.get(beijingDay(NOON)), 1)
  assert.ok("untilMs" in (await governor.reserveAgain(targets("zhangsan"), again)), "it is held meanwhile")
  await reservation[Symbol.asyncDispose]()
})

test("an app without a given size has no quota of a day", async () => {
  await using reservation = new World().open().reserve("normal", "msg_1")
  assert.equal(reservation.add("zhangsan"), undefined)
  assert.deepEqual(await reservation.take(targets("zhangsan")), { going: targets("zhangsan"), deferred: [] })
})
