import assert from "node:assert/strict"
import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import type { Priority } from "../../model/message.ts"
import type { CallTarget } from "../../model/target.ts"
import { targets } from "../../model/testing/a-target.ts"
import type { Deferred, Governor, Permit, Reservation } from "../../model/ports/governor.ts"
import { anOwner } from "./an-owner.ts"

/** A governor with the requested limits, on a clock that moves only when a test calls `pass`. */
export interface GovernorUnderTest {
  readonly governor: Governor
  /** The same party's governor, under another name. */
  readonly otherName: Governor
  readonly nowMs: () => number
  /** Lets time pass. */
  readonly pass: (ms: number) => void | Promise<void>
  /** How much of the day's quota is taken. */
  readonly quotaTaken: () => Promise<number>
  /** Makes the store fail from now on. */
  readonly breakStore: () => void | Promise<void>
  /** Lets background work finish. */
  readonly settled: () => Promise<void>
}

export interface Limits {
  /** Without limit unless given. */
  readonly memberPerMinute?: number
  readonly memberPerHour?: number
  readonly concurrentCalls?: number
  /** WeCom's quota of a day. None unless given. A multiple of 200: WeCom gives 200 for each account. */
  readonly dayQuota?: number
  /** How many calls all apps together may have under way: as many as there are sockets. 100 unless given. */
  readonly sockets?: number
}

export type OpenGovernor = (limits: Limits) => Promise<GovernorUnderTest>

export interface GovernorRule {
  readonly title: string
  readonly check: (open: OpenGovernor) => Promise<void>
}

/** The rules for every governor, whichever process keeps the counts. */
export const GOVERNOR_RULES: readonly GovernorRule[] = [
  rule("as many calls of an app as its limit at a time; the next one waits until one has ended", async (open) => {
    const world = await open({ concurrentCalls: 2 })
    const { governor } = world
    const first = await slow(governor)
    const second = await slow(governor)
    const third = governor.permit("normal")
    assert.equal(await isSettled(world, third), false)
    first[Symbol.dispose]()
    assert.ok(await isSettled(world, third), "the one that waits gets what was given back")
    const given = await third
    assert.ok(given !== undefined)
    for (const permit of [second, given]) permit[Symbol.dispose]()
  }),
  rule("a permit that is given back twice makes room for one", async (open) => {
    const world = await open({ concurrentCalls: 1 })
    const { governor } = world
    const first = await slow(governor)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    using second = await governor.permit("normal")
    assert.ok(second !== undefined)
    assert.equal(await isSettled(world, governor.permit("normal")), false)
  }),
  rule("a permit that is given back while it waits for a socket gets none, and the next one does", async (open) => {
    const world = await open({ concurrentCalls: 1 })
    const { governor } = world
    const first = await governor.permit("normal")
    assert.ok(first !== undefined)
    // Beside a quick call others are prepared.
    first.noteExchange(1)
    assert.equal(await first.startSending(), true)
    const [left, next] = [await governor.permit("normal"), await governor.permit("normal")]
    assert.ok(left !== undefined && next !== undefined)
    const [asked, nextAsked] = [left.startSending(), next.startSending()]
    assert.equal(await isSettled(world, asked), false)
    left[Symbol.dispose]()
    assert.ok(await isSettled(world, asked), "it is not waited for")
    assert.equal(await asked, false)
    first[Symbol.dispose]()
    assert.ok(await isSettled(world, nextAsked), "the socket is not kept for one that has gone")
    assert.equal(await nextAsked, true)
    next[Symbol.dispose]()
  }),
  rule("all apps together have no more calls on the wire than there are sockets", async (open) => {
    const world = await open({ concurrentCalls: 50, sockets: 2 })
    const { governor } = world
    const permits = await Promise.all(Array.from({ length: 2 }, () => slow(governor)))
    assert.equal(await isSettled(world, governor.permit("normal")), false)
    for (const permit of permits) permit[Symbol.dispose]()
  }),
  rule("high priority goes first, and bulk keeps a tenth", async (open) => {
    const world = await open({ concurrentCalls: 1 })
    const { governor } = world
    let current = await slow(governor)
    const order: string[] = []
    const ask = async (priority: "high" | "bulk"): Promise<void> => {
      const permit = await governor.permit(priority)
      assert.ok(permit !== undefined)
      order.push(priority)
      current = permit
    }
    const waiting = [ask("bulk"), ...Array.from({ length: 12 }, () => ask("high"))]
    for (let n = 0; n < waiting.length; n++) {
      current[Symbol.dispose]()
      await world.settled()
    }
    await Promise.all(waiting)
    assert.equal(order[0], "high")
    assert.ok(order.indexOf("bulk") < 10, `bulk came as number ${order.indexOf("bulk") + 1}`)
  }),
  rule("what is beyond a member's minute waits until there is room, and says why", async (open) => {
    const world = await open({ memberPerMinute: 3 })
    const { governor, pass } = world
    for (let n = 0; n < 3; n++) await reach(world, "zhangsan")
    const deferred = await wait(governor, "zhangsan")
    assert.equal(deferred?.reason, "member_rate")
    assert.equal(await wait(governor, "lisi"), undefined, "the limit is one for each member")
    const waitMs = deferred.untilMs - STILL_AT_MS
    assert.ok(waitMs > MINUTE_MS && waitMs < MINUTE_MS + 10, `${waitMs}`)
    await pass(waitMs)
    assert.equal(await wait(governor, "zhangsan"), undefined)
  }),
  rule("what is beyond a member's hour waits until there is room", async (open) => {
    const world = await open({ memberPerMinute: 30, memberPerHour: 3 })
    const { governor, pass } = world
    for (let n = 0; n < 3; n++) {
      await reach(world, "zhangsan")
      await pass(2 * MINUTE_MS)
    }
    assert.equal((await wait(governor, "zhangsan"))?.reason, "member_rate")
    await pass(60 * MINUTE_MS)
    assert.equal(await wait(governor, "zhangsan"), undefined)
  }),
  rule("one that must wait gets the time: then there is room, and not before", async (open) => {
    const { governor, pass } = await open({ memberPerMinute: 1 })
    const reservation = governor.reserve("normal", anOwner())
    reservation.add("zhangsan")
    reservation.ended(STILL_AT_MS)
    const freeAtMs = (await wait(governor, "zhangsan", "normal", "msg"))?.untilMs
    assert.ok(freeAtMs !== undefined)
    const waitMs = freeAtMs - STILL_AT_MS
    await pass(waitMs - 10)
    assert.notEqual(await wait(governor, "zhangsan", "normal", "msg"), undefined)
    await pass(10)
    assert.equal(await wait(governor, "zhangsan", "normal", "msg"), undefined)
  }),
  rule("what was reserved and never sent is given back: members' room and the day's quota", async (open) => {
    const { governor, quotaTaken } = await open({ memberPerMinute: 1, dayQuota: 200 })
    {
      await using reservation = governor.reserve("normal", anOwner())
      assert.equal(reservation.add("zhangsan"), undefined)
      assert.equal(await going(reservation, targets("zhangsan")), 1)
      assert.equal((await wait(governor, "zhangsan"))?.reason, "member_rate", "it counts while it is reserved")
    }
    assert.equal(await wait(governor, "zhangsan"), undefined)
    assert.equal(await quotaTaken(), 0)
  }),
  rule("what may have arrived counts, whatever happens to its reservation", async (open) => {
    const { governor, quotaTaken } = await open({ memberPerMinute: 1, dayQuota: 200 })
    {
      await using reservation = governor.reserve("normal", anOwner())
      reservation.add("zhangsan")
      await reservation.take(targets("zhangsan"))
      reservation.ended(STILL_AT_MS)
    }
    assert.equal((await wait(governor, "zhangsan"))?.reason, "member_rate")
    assert.equal(await quotaTaken(), 1)
  }),
  rule("who certainly got nothing by a settled call costs no quota; the others do", async (open) => {
    const { governor, quotaTaken } = await open({ dayQuota: 200 })
    await using reservation = governor.reserve("normal", anOwner())
    const [zhangsan, ghost, lisi] = targets("zhangsan", "ghost", "lisi")
    assert.ok(zhangsan !== undefined && ghost !== undefined && lisi !== undefined)
    await reservation.take([zhangsan, ghost, lisi])
    reservation.ended(STILL_AT_MS)
    await reservation.settle([ghost])
    assert.equal(await quotaTaken(), 2)
  }),
  rule("a call that goes out again as it is keeps its quota meanwhile", async (open) => {
    const { governor, quotaTaken } = await open({ dayQuota: 200 })
    {
      await using reservation = governor.reserve("normal", anOwner())
      await reservation.take(targets("zhangsan"))
      reservation.ended(undefined)
      await reservation.settle([])
    }
    assert.equal(await quotaTaken(), 1)
  }),
  rule("halves of a call are not asked for again: each member counts once, and so does the quota", async (open) => {
    const { governor, quotaTaken } = await open({ memberPerMinute: 1, dayQuota: 200 })
    const [zhangsan, lisi] = targets("zhangsan", "lisi")
    assert.ok(zhangsan !== undefined && lisi !== undefined)
    {
      await using whole = governor.reserve("normal", anOwner())
      for (const { key } of [zhangsan, lisi]) whole.add(key)
      await whole.take([zhangsan, lisi])
      whole.ended(undefined)
      await using sent = whole.split([zhangsan])
      sent.ended(STILL_AT_MS)
      await sent.settle([])
      await using unsent = whole.split([lisi])
      assert.equal((await wait(governor, lisi.id))?.reason, "member_rate", "a half counts as the whole did")
      unsent.ended(undefined)
    }
    assert.equal(await quotaTaken(), 1)
    assert.equal((await wait(governor, zhangsan.id))?.reason, "member_rate")
    assert.equal(await wait(governor, lisi.id), undefined)
  }),
  rule("of a call that the day's quota is too small for those go who fit, from the first", async (open) => {
    const { governor, quotaTaken } = await open({ dayQuota: 200 })
    // A twentieth is kept for high priority.
    const first = governor.reserve("normal", anOwner())
    assert.equal(await going(first, many(189)), 189)
    const second = governor.reserve("normal", anOwner())
    const [zhangsan, lisi] = targets("zhangsan", "lisi")
    assert.ok(zhangsan !== undefined && lisi !== undefined)
    const untilMs = nextBeijingDayAt(STILL_AT_MS)
    assert.deepEqual(await second.take([zhangsan, lisi]), {
      going: [zhangsan],
      deferred: [{ target: lisi, untilMs, reason: "day_quota" }],
    })
    assert.equal((await wait(governor, "wangwu", "normal"))?.reason, "day_quota")
    assert.equal(await going(governor.reserve("high", anOwner()), [lisi]), 1)
    assert.equal(await quotaTaken(), 191)
  }),
  rule(
    "a call that goes out again has to have room for all its members; until then it counts for no member",
    async (open) => {
      const world = await open({ memberPerMinute: 1 })
      const { governor, pass } = world
      await reach(world, "zhangsan")
      const whenever = { owner: "msg_again", firstTryAtMs: STILL_AT_MS, mayHaveArrived: false, waitsUntilMs: Infinity }
      const deferred = await governor.reserveAgain(targets("lisi", "zhangsan"), whenever)
      assert.ok("untilMs" in deferred)
      assert.equal(deferred.reason, "member_rate")
      assert.equal(await wait(governor, "lisi"), undefined)
      await pass(deferred.untilMs - STILL_AT_MS)
      const again = await governor.reserveAgain(targets("lisi", "zhangsan"), whenever)
      assert.ok("renew" in again)
      await using _reserved = again
      assert.equal((await wait(governor, "lisi"))?.reason, "member_rate")
    },
  ),
  rule("a call that goes out again without room, because that comes too late for it, counts at once", async (open) => {
    const world = await open({ memberPerMinute: 1 })
    const { governor, pass } = world
    await reach(world, "zhangsan")
    await pass(1000)
    const soon = {
      owner: "msg_again",
      firstTryAtMs: STILL_AT_MS,
      mayHaveArrived: false,
      waitsUntilMs: STILL_AT_MS + 30_000,
    }
    const again = await governor.reserveAgain(targets("zhangsan"), soon)
    assert.ok("renew" in again)
    await using _reserved = again
    again.ended(STILL_AT_MS + 1000)
    await again.settle([])
    await pass(59_500)
    assert.notEqual(await wait(governor, "zhangsan"), undefined, "the repeat is a minute old only later")
  }),
  rule(
    "a call that may have arrived goes again into the room that it took, for as long as that counts",
    async (open) => {
      const world = await open({ memberPerMinute: 1 })
      const { governor, pass } = world
      await reach(world, "zhangsan")
      const inDoubt = { owner: "msg_again", firstTryAtMs: STILL_AT_MS, mayHaveArrived: true, waitsUntilMs: Infinity }
      await pass(50_000)
      const again = await governor.reserveAgain(targets("zhangsan"), inDoubt)
      assert.ok("renew" in again)
      again.ended(STILL_AT_MS + 50_000)
      await again.settle([])
      await again[Symbol.asyncDispose]()
      await pass(20_000)
      assert.ok(
        "untilMs" in (await governor.reserveAgain(targets("zhangsan"), inDoubt)),
        "others may have its room by now",
      )
    },
  ),
  rule("two names of a party share its calls under way, its members' windows and its day's quota", async (open) => {
    const world = await open({ concurrentCalls: 2, memberPerMinute: 2, dayQuota: 200 })
    const { governor, otherName, quotaTaken } = world
    for (const name of [governor, otherName]) {
      await using reservation = name.reserve("normal", anOwner())
      assert.equal(reservation.add("zhangsan"), undefined)
      assert.equal(await going(reservation, [...targets("zhangsan"), ...many(94)]), 95)
      reservation.ended(STILL_AT_MS)
      await reservation.settle([])
    }
    for (const name of [governor, otherName]) {
      assert.equal((await wait(name, "zhangsan", "high"))?.reason, "member_rate")
      assert.equal(await going(name.reserve("normal", anOwner()), targets("lisi")), 0)
      assert.equal((await wait(name, "lisi", "normal"))?.reason, "day_quota")
    }
    assert.equal(await quotaTaken(), 190)
    const permits = [await slow(governor), await slow(otherName)]
    const next = otherName.permit("normal")
    assert.equal(await isSettled(world, next), false)
    permits[0]?.[Symbol.dispose]()
    assert.ok((await next) !== undefined, "what one name gives back the other one gets")
  }),
  rule("WeCom's refusal of any more closes all names of the party, and one call opens them all", async (open) => {
    const { governor, otherName, pass } = await open({})
    using first = await governor.permit("normal")
    assert.ok(first !== undefined)
    await governor.report({ health: { kind: "throttled" }, permit: first, from: STILL_AT_MS, at: STILL_AT_MS })
    const untilMs = otherName.closedUntilMs()
    assert.ok(untilMs !== undefined && untilMs === governor.closedUntilMs())
    assert.equal(await otherName.permit("high"), undefined)
    await pass(untilMs - STILL_AT_MS)
    using probe = await otherName.permit("normal")
    assert.ok(probe !== undefined)
    assert.equal(await governor.permit("high"), undefined, "one at a time, of whatever name")
    await otherName.report({ health: { kind: "healthy" }, permit: probe, from: untilMs, at: untilMs })
    using second = await governor.permit("normal")
    assert.ok(second !== undefined)
  }),
  rule("a configuration that WeCom refuses closes the name it was seen with, and no other", async (open) => {
    const { governor, otherName } = await open({})
    using first = await governor.permit("normal")
    assert.ok(first !== undefined)
    await governor.report({ health: PAUSED, permit: first, from: STILL_AT_MS, at: STILL_AT_MS })
    assert.equal(await governor.permit("normal"), undefined)
    using other = await otherName.permit("normal")
    assert.ok(other !== undefined)
    await otherName.report({ health: { kind: "healthy" }, permit: other, from: STILL_AT_MS, at: STILL_AT_MS })
    assert.equal(
      await governor.permit("normal"),
      undefined,
      "what another configuration does proves nothing of this one",
    )
  }),
  rule("an outage is reported with its time: one call may try then, and its answer ends it", async (open) => {
    const { governor, pass } = await open({})
    assert.equal(governor.nextProbeAtMs, undefined)
    assert.equal(governor.standing().why, undefined)
    using first = await governor.permit("normal")
    assert.ok(first !== undefined)
    const cut = { health: CUT, from: STILL_AT_MS, at: STILL_AT_MS }
    await governor.report({ ...cut, permit: first, message: "msg_1" })
    assert.equal(governor.isUnreachable, false, "that one call broke")
    await governor.report({ ...cut, isAgentGet: true })
    const { why, closedUntil, outage } = governor.standing()
    assert.deepEqual([why, governor.isUnreachable, outage?.tries, outage?.since], ["unreachable", true, 1, STILL_AT_MS])
    const probeAtMs = governor.nextProbeAtMs
    assert.ok(probeAtMs !== undefined && probeAtMs > STILL_AT_MS)
    assert.equal(closedUntil, probeAtMs)
    await pass(probeAtMs - STILL_AT_MS)
    assert.equal(governor.triesByAgentGet("msg_2"), false)
    using probe = await governor.permit("normal")
    assert.ok(probe !== undefined)
    await governor.report({ health: { kind: "healthy" }, permit: probe, from: probeAtMs, at: probeAtMs })
    assert.deepEqual([governor.nextProbeAtMs, governor.isUnreachable], [undefined, false])
    assert.equal(governor.standing().outage, undefined)
  }),
  rule("giving back never throws, also where the store fails", async (open) => {
    const { governor, breakStore } = await open({ memberPerMinute: 1, dayQuota: 200 })
    {
      await using reservation = governor.reserve("normal", anOwner())
      reservation.add("zhangsan")
      await reservation.take(targets("zhangsan"))
      await breakStore()
    }
    assert.equal(governor.reserve("normal", anOwner()).add("zhangsan"), undefined)
  }),
  rule(
    "a configuration that WeCom refuses closes the app; after a while one call may try, and opens it",
    async (open) => {
      const { governor, pass } = await open({})
      using first = await governor.permit("normal")
      assert.ok(first !== undefined)
      await governor.report({ health: PAUSED, permit: first, from: STILL_AT_MS, at: STILL_AT_MS })
      assert.equal(await governor.permit("high"), undefined)
      const untilMs = governor.closedUntilMs()
      assert.ok(untilMs !== undefined)
      await pass(untilMs - STILL_AT_MS)
      using probe = await governor.permit("bulk")
      assert.ok(probe !== undefined)
      assert.equal(await governor.permit("high"), undefined, "one at a time")
      await governor.report({ health: { kind: "healthy" }, permit: probe, from: untilMs, at: untilMs })
      using second = await governor.permit("normal")
      assert.ok(second !== undefined)
    },
  ),
]

/** The time of a clock that does not move: noon in Beijing, so that no day ends meanwhile. */
export const STILL_AT_MS = Date.UTC(2026, 10, 27, 4)

const MINUTE_MS = 60_000
const CUT = { kind: "unreachable", cause: { kind: "refused", errcode: undefined, errmsg: "refused" } } as const
const PAUSED = { kind: "misconfigured", errcode: 60020, errmsg: "not allow to access from your ip" } as const

function rule(title: string, check: GovernorRule["check"]): GovernorRule {
  return { title, check }
}

function many(count: number): CallTarget[] {
  return targets(...Array.from({ length: count }, (_, index) => `member${index}`))
}

/** @returns why an imagined call to one member would have to wait, and until when */
async function wait(
  governor: Governor,
  userid: string,
  priority: Priority = "normal",
  owner = anOwner(),
): Promise<Deferred | undefined> {
  await using reservation = governor.reserve(priority, owner)
  const deferred = reservation.add(userid)
  return deferred ?? (await reservation.take(targets(userid))).deferred[0]
}

/** @returns how many may go */
async function going(reservation: Reservation, targets: readonly CallTarget[]): Promise<number> {
  const { going, deferred } = await reservation.take(targets)
  assert.equal(going.length + deferred.length, targets.length, "each is in one of the two")
  return going.length
}

/** A call that reaches one member. */
async function reach({ governor, nowMs }: GovernorUnderTest, key: string): Promise<void> {
  await using reservation = governor.reserve("normal", anOwner())
  assert.equal(reservation.add(key), undefined)
  assert.equal(await going(reservation, targets(key)), 1)
  reservation.ended(nowMs())
  await reservation.settle([])
}

/** A permit of a slow WeCom, so that no call is prepared beside it. */
async function slow(governor: Governor): Promise<Permit> {
  const permit = await governor.permit("normal")
  assert.ok(permit !== undefined)
  permit.noteExchange(1000)
  assert.equal(await permit.startSending(), true)
  return permit
}

async function isSettled({ settled }: GovernorUnderTest, asked: unknown): Promise<boolean> {
  let isSettled = false
  void Promise.resolve(asked).then(() => (isSettled = true))
  await settled()
  return isSettled
}
