import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { agentParty } from "../model/party.ts"
import { nextUnhandledRejection } from "../../../../tools/testing/unhandled-rejection.ts"
import type { Party } from "../model/party.ts"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { StorageError } from "../model/storage-error.ts"
import type { RecentSend, SendsQuery } from "../model/ports/reader.ts"
import { MemberWindows } from "./member-windows.ts"
import { WindowRecovery } from "./window-recovery.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const HOUR = 3_600_000
const AGENT = agentParty({ corpId: "ww1", agentId: 1000002 })
const OTHER = agentParty({ corpId: "ww1", agentId: 1000003 })
const THIRD = agentParty({ corpId: "ww1", agentId: 1000004 })
const PAGE = 250

/** A process that begins, and the sends of the hour before it. */
class World {
  nowMs = NOW
  steadyMs = NOW
  readonly clock = new JumpAwareClock({
    now: () => this.nowMs,
    monotonic: () => this.steadyMs,
    sleep: async (ms, signal) => {
      this.slept.push(ms)
      await this.sleeping
      signal?.throwIfAborted()
    },
  })
  readonly slept: number[] = []
  /** A pause waits for this. */
  sleeping: Promise<void> = Promise.resolve()
  /** The newest first; each ended when it began. */
  sends: RecentSend[] = []
  readonly queries: SendsQuery[] = []
  /** Before a page is read. */
  onPage: (query: SendsQuery) => void | Promise<void> = () => undefined
  readonly warnings: unknown[] = []
  readonly stopping = new AbortController()
  reported = { completeFrom: 0, members: [] as { party: Party; member: string; count: number; at: number }[] }
  readonly reportedSince: number[] = []
  readonly windows = new Map([AGENT, OTHER].map(({ partyId }) => [partyId, hourly(3)]))
  readonly recovery: WindowRecovery

  constructor() {
    this.recovery = new WindowRecovery(
      {
        clock: this.clock,
        reader: {
          sends: async (query) => {
            this.queries.push(query)
            await this.onPage(query)
            const { from, before = Infinity, limit, cursor = "0" } = query
            const asked = this.sends.filter(({ at }) => at >= from && at < before)
            const end = Number(cursor) + limit
            return {
              items: asked.slice(Number(cursor), end),
              nextCursor: end < asked.length ? String(end) : undefined,
            }
          },
        },
        keysIn: (kind, body) => [`${kind} ${body}`],
        busyMembers: {
          note: () => assert.fail(),
          since: async (at) => {
            this.reportedSince.push(at)
            return this.reported
          },
        },
        log: { info: nothing, warn: (details) => void this.warnings.push(details), error: nothing },
        stopping: this.stopping.signal,
      },
      ({ partyId }) => this.windowsOf(partyId),
    )
  }

  windowsOf(partyId: string): MemberWindows {
    return this.windows.get(partyId) ?? assert.fail()
  }

  /** Both parties have their windows. */
  joined(): this {
    for (const party of [AGENT, OTHER]) this.recovery.joined(party, this.windowsOf(party.partyId))
    return this
  }

  /** Until when one more send would wait. */
  waitsUntil(member: string, party = AGENT): number | undefined {
    return this.windowsOf(party.partyId).freeAt([member], this.clock.steady.now())
  }

  /** Adds as many pages of the hour, in which only these members got anything. */
  sentLongAgo(pages: number, ...members: readonly string[]): this {
    const at = NOW - HOUR / 2
    this.sends = Array.from({ length: pages * PAGE }, (_, n) => sendTo(members[n] ?? `m${n}`, at))
    return this
  }
}

function nothing(): void {}

function hourly(memberPerHour: number | null): MemberWindows {
  return new MemberWindows({ memberPerMinute: null, memberPerHour })
}

function sendTo(members: string, at: number, party = AGENT): RecentSend {
  return { party, named: { touser: members }, at }
}

/** Lets background work finish. */
async function settled(): Promise<void> {
  for (let n = 0; n < 100; n++) await immediate()
}

test("the last minute is read first, and then the hour before it; in each, sends that may have been under way count", async () => {
  const world = new World().joined()
  await world.recovery.begin()
  assert.deepEqual(world.queries, [
    { from: NOW - 2 * MINUTE, limit: PAGE },
    { from: NOW - HOUR - MINUTE, before: NOW - 2 * MINUTE, limit: PAGE },
  ])
  assert.deepEqual(world.reportedSince, [NOW - 80 * MINUTE])
})

test("a send counts for each member of its party from when it can have arrived", async () => {
  const world = new World().joined()
  world.sends = [
    sendTo("zhangsan", NOW - 1000),
    sendTo("zhangsan|lisi", NOW - 2000),
    sendTo("zhangsan", NOW - 30 * MINUTE),
    sendTo("zhangsan", NOW - 31 * MINUTE, OTHER),
  ]
  await world.recovery.begin()
  assert.equal(world.waitsUntil("zhangsan"), NOW - 30 * MINUTE + HOUR + 1)
  for (const [member, party] of [
    ["lisi", AGENT],
    ["zhangsan", OTHER],
  ] as const)
    assert.equal(world.waitsUntil(member, party), undefined)
})

test("a send that may yet arrive counts from when this process began; the clock may have been set since", async () => {
  const world = new World().joined()
  world.windows.set(AGENT.partyId, hourly(1))
  world.windows.set(OTHER.partyId, hourly(1))
  world.nowMs += 10_000
  world.clock.now()
  world.sends = [sendTo("zhangsan", NOW + 30_000), sendTo("zhangsan", NOW + 9000, OTHER)]
  await world.recovery.begin()
  assert.equal(world.waitsUntil("zhangsan"), NOW + HOUR + 1)
  assert.equal(world.waitsUntil("zhangsan", OTHER), NOW - 1000 + HOUR + 1)
})

test("windows without limits are not filled; others are", async () => {
  const world = new World().joined()
  world.windows.set(AGENT.partyId, hourly(null))
  world.sends = [sendTo("zhangsan", NOW - 1000), ...Array(3).fill(sendTo("zhangsan", NOW - 1000, OTHER))]
  await world.recovery.begin()
  world.windowsOf(AGENT.partyId).limit({ memberPerMinute: null, memberPerHour: 1 })
  assert.equal(world.waitsUntil("zhangsan"), undefined)
  assert.notEqual(world.waitsUntil("zhangsan", OTHER), undefined)
})

test("up to eight pages are read before anything is sent, and no send waits for more", async () => {
  const world = new World().joined().sentLongAgo(8)
  await world.recovery.begin()
  assert.equal(world.queries.length, 9)
  assert.equal(world.waitsUntil("lisi"), undefined)
})

/** The process begins with more to read than it waits for, and is stopped at the ninth page of the hour. */
async function whileReading(world: World): Promise<() => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<void>()
  world.onPage = () => (world.queries.length > 9 ? promise : undefined)
  await world.recovery.begin()
  return async () => {
    resolve()
    await settled()
  }
}

test("with more pages the rest is read while messages go out, except to members who may be near the limit", async () => {
  const world = new World().joined().sentLongAgo(9, "wangwu")
  for (const party of [AGENT, OTHER])
    world.windowsOf(party.partyId).limit({ memberPerMinute: null, memberPerHour: 1000 })
  world.reported = {
    completeFrom: NOW - HOUR,
    members: [
      { party: AGENT, member: "lisi", count: 900, at: NOW - MINUTE },
      { party: AGENT, member: "zhaoliu", count: 1000, at: NOW - MINUTE },
      { party: THIRD, member: "zhaoliu", count: 1000, at: NOW - MINUTE },
    ],
  }
  const goOn = await whileReading(world)
  assert.deepEqual(
    [world.waitsUntil("wangwu"), world.waitsUntil("lisi"), world.waitsUntil("zhaoliu")],
    [undefined, undefined, NOW + 1000],
  )
  assert.equal(world.waitsUntil("zhaoliu", OTHER), undefined, "he is another party's")
  world.windowsOf(AGENT.partyId).limit({ memberPerMinute: null, memberPerHour: 999 })
  assert.equal(world.waitsUntil("lisi"), NOW + 1000)
  const late = hourly(1000)
  world.recovery.joined(THIRD, late)
  assert.equal(late.freeAt(["zhaoliu"], NOW), NOW + 1000, "so is who joins meanwhile")
  await goOn()
  assert.equal(world.queries.length, 10)
  assert.deepEqual([world.waitsUntil("lisi"), late.freeAt(["zhaoliu"], NOW)], [undefined, undefined])
  const later = hourly(1000)
  world.recovery.joined(THIRD, later)
  assert.equal(later.freeAt(["zhaoliu"], NOW), undefined)
})

test("when not all busy members of that hour were reported, every member counts as busy until it is read", async () => {
  const world = new World().joined().sentLongAgo(9)
  world.windowsOf(AGENT.partyId).limit({ memberPerMinute: null, memberPerHour: 1000 })
  world.reported = { completeFrom: NOW - HOUR + 1, members: [] }
  const goOn = await whileReading(world)
  assert.equal(world.waitsUntil("lisi"), NOW + 1000)
  await goOn()
  assert.equal(world.waitsUntil("lisi"), undefined)
})

test("a member who gets messages meanwhile counts by the sends since this process began", async () => {
  const world = new World().joined().sentLongAgo(9)
  for (const party of [AGENT, OTHER])
    world.windowsOf(party.partyId).limit({ memberPerMinute: null, memberPerHour: 500 })
  world.reported = { completeFrom: 0, members: [] }
  world.sends.unshift(sendTo("lisi", NOW), sendTo("lisi", NOW - 1000))
  const goOn = await whileReading(world)
  assert.equal(world.waitsUntil("lisi"), undefined)
  world.windowsOf(AGENT.partyId).record("lisi", { at: NOW + 1 })
  assert.equal(world.waitsUntil("lisi"), NOW + 1000)
  await goOn()
})

test("an error while the rest is read is logged, and reading continues a second later where it was", async () => {
  const world = new World().joined().sentLongAgo(10, "zhangsan", "zhangsan")
  const { promise, resolve } = Promise.withResolvers<void>()
  world.sleeping = promise
  let troubles = 0
  world.onPage = () => {
    if (world.queries.length === 10 && troubles++ === 0) throw new StorageError("storage_error")
  }
  world.reported = { completeFrom: NOW, members: [] }
  await world.recovery.begin()
  await settled()
  assert.deepEqual([world.warnings, world.slept], [[{ code: "storage_error" }], [1000]])
  assert.equal(world.waitsUntil("lisi"), NOW + 1000, "until then no member is known to have room")
  resolve()
  await settled()
  assert.deepEqual(
    world.queries.slice(9).map(({ cursor }) => cursor),
    ["2000", "2000", "2250"],
  )
  assert.equal(world.waitsUntil("lisi"), undefined)
})

test("a process that stops also stops reading, after an error and between two pages", async () => {
  const world = new World().joined().sentLongAgo(20)
  world.onPage = () => {
    if (world.queries.length === 10) world.stopping.abort()
    if (world.queries.length === 10) throw new StorageError("storage_error")
  }
  await world.recovery.begin()
  await settled()
  assert.equal(world.queries.length, 10)
  const other = new World().joined().sentLongAgo(20)
  other.reported = { completeFrom: NOW, members: [] }
  other.onPage = () => {
    if (other.queries.length === 10) other.stopping.abort()
  }
  await other.recovery.begin()
  await settled()
  assert.equal(other.queries.length, 10)
  assert.equal(other.waitsUntil("lisi"), NOW + 1000, "it has not been read")
})

test("a programming error while the rest is read does not count as an error of the store", async () => {
  const world = new World().joined().sentLongAgo(9)
  const mistake = new TypeError("a mistake")
  world.onPage = () => {
    if (world.queries.length === 10) throw mistake
  }
  const unhandled = nextUnhandledRejection()
  await world.recovery.begin()
  assert.equal(await unhandled, mistake)
  assert.deepEqual(world.warnings, [])
})

test("an error before anything is sent is thrown to the caller; the next call continues where it was, and counts nothing twice", async () => {
  for (const failsAt of [2, 4]) {
    const world = new World().joined()
    const times = [NOW - 1000, NOW - HOUR / 2]
    world.sends = times.flatMap((at) => Array.from({ length: 2 * PAGE }, (_, n) => sendTo(`m${n}`, at)))
    const trouble = new StorageError("storage_error")
    world.onPage = () => {
      if (world.queries.length === failsAt) throw trouble
    }
    await assert.rejects(world.recovery.begin(), trouble)
    await world.recovery.begin()
    assert.equal(world.queries.length, 5)
    assert.deepEqual([world.waitsUntil("m0"), world.waitsUntil("m499")], [undefined, undefined])
    for (const member of ["m0", "m499"]) world.windowsOf(AGENT.partyId).record(member, { at: NOW })
    assert.equal(world.waitsUntil("m0"), NOW - HOUR / 2 + HOUR + 1)
  }
})

/** @returns how many turns of the event loop others get while a page with calls to so many members is read */
async function turnsOfPage(calls: readonly number[], memberPerHour: number | null = 3): Promise<number> {
  const world = new World().joined()
  world.windows.set(AGENT.partyId, hourly(memberPerHour))
  world.sends = calls.map((count) => sendTo(Array.from({ length: count }, (_, n) => `m${n}`).join("|"), NOW - 1000))
  // One send is on the next page.
  while (world.sends.length <= PAGE) world.sends.push(sendTo("", NOW - 1000))
  let turns = 0
  const count = (): void => {
    turns++
    if (!world.stopping.signal.aborted) setImmediate(count)
  }
  const turnsAtPage: number[] = []
  world.onPage = () => void turnsAtPage.push(turns)
  setImmediate(count)
  await world.recovery.begin()
  world.stopping.abort()
  const [first = NaN, second = NaN] = turnsAtPage
  return second - first
}

test("calls to many members are read two thousand names at a time, so that the event loop stays free", async () => {
  const tenThousand = Array<number>(10).fill(1000)
  assert.equal(await turnsOfPage(tenThousand), 6, "five within the page, and one behind it")
  assert.equal(await turnsOfPage([1999]), 1)
  assert.equal(await turnsOfPage([2000, 1999]), 2)
  assert.equal(await turnsOfPage(tenThousand, null), 1, "without limits no member's name is looked for")
})
