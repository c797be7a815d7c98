import assert from "node:assert/strict"
import { test } from "node:test"
import { beijingDay, nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import { agentParty } from "../model/party.ts"
import { targets } from "../model/testing/a-target.ts"
import type { Priority } from "../model/message.ts"
import type { CallTarget } from "../model/target.ts"
import type { Reservation } from "../model/ports/governor.ts"
import type { WindowHold } from "../model/ports/shared-counts.ts"
import { CallReservation, SharedCallReservation } from "./call-reservation.ts"
import { DayQuota } from "./day-quota.ts"
import { MemberWindows } from "./member-windows.ts"
import type { Asker } from "./member-windows.ts"
import { clockAt } from "./testing/clock-at.ts"
import { anOwner } from "./testing/an-owner.ts"

/** Noon in Beijing. */
const NOON = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const DAY = "2026-11-25"

/** A hold on the windows that all nodes see. */
class Hold implements WindowHold {
  readonly members: readonly string[]
  readonly parts: Hold[] = []
  /** How long ago the call reached them, once for each end. */
  readonly ended: (number | undefined)[] = []
  counts = true

  constructor(members: readonly string[]) {
    this.members = members
  }

  split(members: readonly string[]): Hold {
    const part = new Hold(members)
    this.parts.push(part)
    return part
  }

  renew(): boolean {
    return this.counts
  }

  end(agoMs: number | undefined): Promise<void> {
    this.ended.push(agoMs)
    return Promise.resolve()
  }
}

/** A party whose members may get one message a minute, unless the test sets another limit. */
class World {
  nowMs = NOON
  steadyMs = NOON
  readonly clock = clockAt(this)
  readonly windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  /** Requests to the windows that all nodes see. */
  readonly waitedFor: string[] = []
  readonly asked: { readonly members: readonly string[]; readonly rank: number | "forced" }[] = []
  readonly holds: Hold[] = []
  readonly waitMs = new Map<string, number>()
  readonly used = new Map<string, number>()
  #quota: DayQuota | undefined
  #isShared = false

  amongNodes(): this {
    this.#isShared = true
    return this
  }

  withQuota(): this {
    const change = (day: string, by: number): void => void this.used.set(day, (this.used.get(day) ?? 0) + by)
    this.#quota = new DayQuota(
      {
        clock: this.clock,
        log: { info: nothing, warn: nothing, error: nothing },
        personTimes: {
          take: ({ day, wanted, limit }) => {
            const granted = Math.max(0, Math.min(wanted, limit - (this.used.get(day) ?? 0)))
            change(day, granted)
            return Promise.resolve({ granted, news: undefined })
          },
          giveBack: (_party, day, count) => Promise.resolve(change(day, -count)),
          taken: (_party, day) => Promise.resolve(this.used.get(day) ?? 0),
        },
      },
      agentParty({ corpId: "ww1", agentId: 1000002 }),
      1,
    )
    return this
  }

  reserve(priority: Priority = "normal", kind: TargetKind = "user"): CallReservation {
    const hold = (members: readonly string[]): Hold => {
      const made = new Hold(members)
      this.holds.push(made)
      return made
    }
    const windowsOfAll = {
      take: (members: readonly string[], { rank }: Asker) => {
        this.asked.push({ members, rank })
        const waitMs = new Map([...this.waitMs].filter(([member]) => members.includes(member)))
        return Promise.resolve({ hold: hold(members), waitMs })
      },
      waitedFor: (member: string) => this.waitedFor.push(member),
      force: (members: readonly string[]) => {
        this.asked.push({ members, rank: "forced" })
        return Promise.resolve(hold(members))
      },
    }
    return new CallReservation(
      {
        clock: this.clock,
        windows: this.windows,
        windowsOfAll: this.#isShared ? windowsOfAll : undefined,
        quota: this.#quota,
      },
      priority,
      anOwner(),
      kind,
    )
  }

  pass(ms: number): void {
    this.nowMs += ms
    this.steadyMs += ms
  }

  /** Until when one more call to a member would wait. */
  waitsUntil(key: string): number | undefined {
    return this.windows.freeAt([key], this.clock.steady.now())
  }
}

function nothing(): void {}

function many(count: number): CallTarget[] {
  return targets(...Array.from({ length: count }, (_, n) => `m${n}`))
}

const ids = (some: readonly CallTarget[]) => some.map(({ id }) => id)

test("waiting recipients get the time by the wall clock, whatever it was set to meanwhile", () => {
  const world = new World()
  assert.equal(world.reserve().add("zhangsan"), undefined)
  world.nowMs += 3_600_000
  world.pass(1000)
  const untilMs = world.nowMs + MINUTE + 1
  assert.deepEqual(world.reserve().add("zhangsan"), { untilMs, reason: "member_rate" })
})

test("with several nodes, whose clocks differ, waiting recipients come five milliseconds later", () => {
  const world = new World().amongNodes()
  world.reserve().add("zhangsan")
  assert.equal(world.reserve().add("zhangsan")?.untilMs, NOON + MINUTE + 1 + 5)
})

test("all nodes are asked with the rank of the priority", async () => {
  const world = new World().amongNodes()
  for (const priority of ["high", "normal", "bulk"] as const) await world.reserve(priority).take(targets("zhangsan"))
  assert.deepEqual(
    world.asked.map(({ rank }) => rank),
    [0, 1, 2],
  )
})

test("no reservation is asked for without limits, or for no members", async () => {
  const world = new World().amongNodes()
  assert.deepEqual(await world.reserve().take([]), { going: [], deferred: [] })
  assert.equal(await world.reserve().addAll([], Infinity), undefined)
  world.windows.limit({ memberPerMinute: null, memberPerHour: null })
  const reservation = world.reserve()
  assert.deepEqual(ids((await reservation.take(targets("zhangsan"))).going), ["zhangsan"])
  assert.equal(await reservation.addAll(["zhangsan"], Infinity), undefined)
  assert.deepEqual(world.asked, [])
  assert.equal(await reservation.renew(), true)
})

test("a recipient who waits by the windows of all nodes does not count here either; the others go", async () => {
  const world = new World().amongNodes()
  world.waitMs.set("lisi", 7000)
  const reservation = world.reserve()
  for (const key of ["zhangsan", "lisi"]) reservation.add(key)
  const wanted = targets("zhangsan", "lisi")
  const { going, deferred } = await reservation.take(wanted)
  assert.deepEqual(ids(going), ["zhangsan"])
  assert.deepEqual(deferred, [{ target: wanted[1], untilMs: NOON + 7000, reason: "member_rate" }])
  assert.equal(world.waitsUntil("lisi"), undefined)
  assert.notEqual(world.waitsUntil("zhangsan"), undefined)
})

test("where there is room for all of them they all go", async () => {
  const world = new World().amongNodes()
  const { going, deferred } = await world.reserve().take(targets("zhangsan", "lisi"))
  assert.deepEqual([ids(going), deferred], [["zhangsan", "lisi"], []])
  assert.deepEqual(world.asked, [{ members: ["zhangsan", "lisi"], rank: 1 }])
})

test("a call that goes out again waits for room here; when room comes too late it goes without", async () => {
  const world = new World().amongNodes()
  world.reserve().add("zhangsan")
  const freeAtMs = NOON + MINUTE + 1 + 5
  assert.equal(await world.reserve().addAll(["lisi", "zhangsan"], freeAtMs + 1), freeAtMs)
  assert.deepEqual([world.asked, world.waitsUntil("lisi")], [[], undefined])
  assert.equal(await world.reserve().addAll(["lisi", "zhangsan"], freeAtMs), undefined)
  assert.notEqual(world.waitsUntil("lisi"), undefined)
  assert.deepEqual(world.asked, [{ members: ["lisi", "zhangsan"], rank: 1 }])
})

test("a call that goes out again waits for room on all nodes, and holds no member meanwhile", async () => {
  const world = new World().amongNodes()
  world.waitMs.set("lisi", 7000).set("zhangsan", 5000)
  const reservation = world.reserve()
  assert.equal(await reservation.addAll(["lisi", "zhangsan"], NOON + 7001), NOON + 7000)
  assert.deepEqual(world.holds[0]?.ended, [undefined])
  assert.deepEqual([world.waitsUntil("lisi"), world.asked.length], [undefined, 1])
  await reservation[Symbol.asyncDispose]()
  assert.equal(world.holds[0]?.ended.length, 1)
})

test("a call that goes out again without room on all nodes is counted in without asking", async () => {
  const world = new World().amongNodes()
  world.waitMs.set("lisi", 7000)
  const reservation = world.reserve()
  assert.equal(await reservation.addAll(["lisi"], NOON + 7000), undefined)
  assert.deepEqual(
    world.asked.map(({ rank }) => rank),
    [1, "forced"],
  )
  assert.notEqual(world.waitsUntil("lisi"), undefined)
  const [, forced] = world.holds
  assert.ok(forced !== undefined)
  forced.counts = false
  assert.equal(await reservation.renew(), false)
})

test("a call that has room is held once, here and on all nodes", async () => {
  const world = new World().amongNodes()
  const reservation = world.reserve()
  assert.equal(await reservation.addAll(["lisi"], Infinity), undefined)
  assert.equal(world.asked.length, 1)
  assert.equal(await reservation.renew(), true)
  const [hold] = world.holds
  assert.ok(hold !== undefined)
  hold.counts = false
  assert.equal(await reservation.renew(), false)
})

test("a hold on all nodes ends once, with how long ago the call reached them", async () => {
  for (const { endedAt, ago } of [
    { endedAt: NOON + 400, ago: 600 },
    { endedAt: NOON + 2000, ago: 0 },
    { endedAt: undefined, ago: undefined },
    { endedAt: "never" as const, ago: 0 },
  ]) {
    const world = new World().amongNodes()
    const reservation = world.reserve()
    await reservation.take(targets("zhangsan"))
    world.pass(1000)
    if (endedAt !== "never") reservation.ended(endedAt)
    await reservation.settle([])
    await reservation[Symbol.asyncDispose]()
    assert.deepEqual(world.holds[0]?.ended, [ago])
  }
})

test("a hold of an unsent call ends as one that reached no recipient", async () => {
  const world = new World().amongNodes()
  const reservation = world.reserve()
  reservation.add("zhangsan")
  await reservation.take(targets("zhangsan"))
  await reservation[Symbol.asyncDispose]()
  assert.deepEqual(world.holds[0]?.ended, [undefined])
  assert.equal(world.waitsUntil("zhangsan"), undefined)
})

test("a sent call keeps its time when it is disposed of without having been settled", async () => {
  const world = new World().amongNodes()
  const reservation = world.reserve()
  reservation.add("zhangsan")
  await reservation.take(targets("zhangsan"))
  reservation.ended(NOON)
  world.pass(1000)
  await reservation[Symbol.asyncDispose]()
  assert.deepEqual(world.holds[0]?.ended, [1000])
  assert.equal(world.waitsUntil("zhangsan"), NOON + MINUTE + 1)
})

test("recipients without room in the day's quota are not held on other nodes either", async () => {
  const world = new World().amongNodes().withQuota()
  world.waitMs.set("late", 7000)
  world.used.set(DAY, 188)
  const reservation = world.reserve()
  const wanted = targets("late", "zhangsan", "lisi", "wangwu", "zhaoliu")
  const { going, deferred } = await reservation.take(wanted)
  assert.deepEqual(ids(going), ["zhangsan", "lisi"])
  assert.deepEqual(
    deferred.map(({ target, untilMs, reason }) => [target.id, untilMs, reason]),
    [
      ["late", NOON + 7000, "member_rate"],
      ["wangwu", nextBeijingDayAt(NOON), "day_quota"],
      ["zhaoliu", nextBeijingDayAt(NOON), "day_quota"],
    ],
  )
  assert.deepEqual(
    world.holds[0]?.parts.map(({ members, ended }) => [members, ended]),
    [[["wangwu", "zhaoliu"], [undefined]]],
  )
  await reservation[Symbol.asyncDispose]()
  assert.equal(world.used.get(DAY), 188)
})

test("once the day's quota is used up others wait for the next day, and nothing of their windows is taken", async () => {
  const world = new World().withQuota()
  assert.equal((await world.reserve().take(many(200))).deferred.length, 10)
  assert.deepEqual(world.reserve().add("zhangsan"), { untilMs: nextBeijingDayAt(NOON), reason: "day_quota" })
  assert.equal(world.reserve("high").add("zhangsan"), undefined, "neither room nor the reserve was taken")
  assert.equal(world.reserve("high").add("zhangsan")?.reason, "member_rate")
})

test("a chat without room waits for its own rate", () => {
  const world = new World()
  world.reserve("normal", "chat").add(" chat oncall")
  assert.equal(world.reserve("normal", "chat").add(" chat oncall")?.reason, "target_rate")
})

test("where there is quota for all of them they go, and nothing is split off", async () => {
  const world = new World().amongNodes().withQuota()
  world.waitMs.set("late", 7000)
  const { going, deferred } = await world.reserve().take(targets("late", "zhangsan", "lisi"))
  assert.deepEqual([ids(going), ids(deferred.map(({ target }) => target))], [["zhangsan", "lisi"], ["late"]])
  assert.deepEqual([world.holds[0]?.parts, world.used.get(DAY)], [[], 2])
})

test("person-times are given back once, and to the day they were taken from", async () => {
  const world = new World().withQuota()
  const midnight = nextBeijingDayAt(NOON)
  world.pass(midnight - NOON - 1000)
  const reservation = world.reserve()
  world.pass(1000)
  await reservation.take(many(3))
  const tomorrow = beijingDay(midnight)
  assert.equal(world.used.get(tomorrow), 3)
  await reservation[Symbol.asyncDispose]()
  await reservation[Symbol.asyncDispose]()
  assert.deepEqual([world.used.get(tomorrow), world.used.get(DAY)], [0, undefined])
})

test("person-times that were not settled are given back, but not those that may have arrived", async () => {
  for (const { endedAt, used } of [
    { endedAt: undefined, used: 0 },
    { endedAt: NOON, used: 3 },
  ]) {
    const world = new World().withQuota()
    const reservation = world.reserve()
    await reservation.take(many(3))
    reservation.ended(endedAt)
    await reservation[Symbol.asyncDispose]()
    assert.equal(world.used.get(DAY), used)
  }
})

test("a settled reservation gives back only for those who got nothing", async () => {
  const world = new World().withQuota()
  const reservation = world.reserve()
  const [first, ...others] = many(3)
  assert.ok(first !== undefined)
  await reservation.take([first, ...others])
  reservation.ended(undefined)
  await reservation.settle([first])
  await reservation[Symbol.asyncDispose]()
  assert.equal(world.used.get(DAY), 2)
})

test("a part that is split off counts here and on all nodes for itself", async () => {
  const world = new World().amongNodes().withQuota()
  const [zhangsan, lisi, wangwu] = targets("zhangsan", "lisi", "wangwu")
  assert.ok(zhangsan !== undefined && lisi !== undefined && wangwu !== undefined)
  const whole = world.reserve()
  for (const { key } of [zhangsan, lisi, wangwu]) whole.add(key)
  await whole.take([zhangsan, lisi, wangwu])
  const part = whole.split([lisi])
  const held = world.holds[0]?.parts[0]
  assert.deepEqual(held?.members, ["lisi"])
  await whole[Symbol.asyncDispose]()
  assert.equal(world.used.get(DAY), 1, "its quota has gone with it")
  assert.deepEqual([world.waitsUntil("zhangsan"), world.waitsUntil("lisi")], [undefined, NOON + MINUTE + 1])
  assert.deepEqual([world.holds[0]?.ended, held.ended], [[undefined], []])
  held.counts = false
  assert.deepEqual([await whole.renew(), await part.renew()], [true, false])
  await part[Symbol.asyncDispose]()
  assert.equal(world.used.get(DAY), 0)
  assert.deepEqual([world.waitsUntil("lisi"), held.ended], [undefined, [undefined]])
})

test("a part that was split off gives back to the day that the whole was taken from", async () => {
  for (const isEnded of [false, true]) {
    const world = new World().withQuota()
    const midnight = nextBeijingDayAt(NOON)
    world.pass(midnight - NOON - 1000)
    const whole = world.reserve()
    await whole.take(many(3))
    if (isEnded) whole.ended(world.steadyMs)
    world.pass(2000)
    await world.reserve().take(many(2))
    const part = whole.split(many(3))
    await part.settle(many(3))
    await part[Symbol.asyncDispose]()
    assert.deepEqual([world.used.get(DAY), world.used.get(beijingDay(midnight))], [3, 2])
  }
})

/** The reservation of one message; it notes its calls. */
class Noted implements Pick<Reservation, "renew" | "ended" | "settle"> {
  readonly seen: unknown[] = []
  readonly #isRenewed: boolean

  constructor(isRenewed: boolean) {
    this.#isRenewed = isRenewed
  }

  async renew(): Promise<boolean> {
    this.seen.push("renew")
    return this.#isRenewed
  }

  ended(atMs: number | undefined): void {
    this.seen.push(["ended", atMs])
  }

  async settle(unreached: readonly CallTarget[]): Promise<void> {
    this.seen.push(["settle", ids(unreached)])
  }
}

test("a call that several messages share holds all their reservations, and one of them gives back for all", async () => {
  for (const { renewed, isRenewed } of [
    { renewed: [true, true], isRenewed: true },
    { renewed: [false, true], isRenewed: false },
    { renewed: [true, false], isRenewed: false },
  ]) {
    const all = renewed.map((each) => new Noted(each))
    const shared = new SharedCallReservation(all.map(reservationOf))
    assert.equal(await shared.renew(), isRenewed)
    shared.ended(NOON)
    await shared.settle(targets("ghost"))
    assert.deepEqual(
      all.map(({ seen }) => seen),
      [
        ["renew", ["ended", NOON], ["settle", ["ghost"]]],
        ["renew", ["ended", NOON], ["settle", []]],
      ],
    )
  }
})

function reservationOf(noted: Noted): Reservation {
  return {
    add: () => assert.fail(),
    take: () => assert.fail(),
    split: () => assert.fail(),
    renew: () => noted.renew(),
    ended: (atMs) => noted.ended(atMs),
    settle: (unreached) => noted.settle(unreached),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
