import assert from "node:assert/strict"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { memoryLookupStore } from "@wecom-push/sdk"
import type { LookupStore } from "@wecom-push/sdk"
import { RateLimitPause } from "@wecom-push/sdk/internals"
import { agentParty } from "../model/party.ts"
import { aTarget } from "../model/testing/a-target.ts"
import { StorageError } from "../model/storage-error.ts"
import type { AppRecord } from "../model/ports/apps.ts"
import type { Governor, Permit } from "../model/ports/governor.ts"
import type { PermitAsk, WindowHold, WindowWish } from "../model/ports/shared-counts.ts"
import { AllCalls } from "./all-calls.ts"
import { sharedGovernors } from "./shared-governors.ts"
import { clockAt } from "./testing/clock-at.ts"
import { anOwner } from "./testing/an-owner.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const PAUSE_KEY = "message/send ww1/1"

/** One of several nodes, and the counts that they share. */
class World {
  nowMs = NOON
  readonly clock = clockAt(this)
  readonly asks: PermitAsk[] = []
  readonly looks: (readonly string[])[] = []
  readonly versionsOf: (readonly string[])[] = []
  version = "1"
  /** How often a refusal was read. */
  reads = 0
  readonly probes: [key: string, forMs: number][] = []
  readonly endedProbes: string[] = []
  mayProbe = true
  probeTrouble: Error | undefined
  readonly taken: WindowWish[] = []
  readonly forced: WindowWish[] = []
  readonly opened: string[] = []
  readonly stopping = new AbortController()
  /** The members without room in the windows of all nodes, and how long they wait. */
  readonly waitMs = new Map<string, number>()
  #monotonicMs = 0
  readonly #refusals = memoryLookupStore()
  readonly #tick: (ms: number) => void
  readonly governors

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ["setTimeout"] })
    t.mock.method(performance, "now", () => this.#monotonicMs)
    this.#tick = (ms) => t.mock.timers.tick(ms)
    const hold: WindowHold = { split: () => hold, renew: () => true, end: () => Promise.resolve() }
    this.governors = sharedGovernors({
      windows: {
        take: async (wish) => {
          this.taken.push(wish)
          return { hold, waitMs: this.waitMs }
        },
        waitedFor: () => undefined,
        force: async (wish) => {
          this.forced.push(wish)
          return hold
        },
      },
      slots: {
        exchange: async (asks) => {
          this.asks.push(...asks)
          return asks.map(({ keep, need }) => {
            const held = Math.max(keep, need)
            return { held, share: held, othersAreShort: false }
          })
        },
        look: async (pools) => {
          this.looks.push(pools)
          return { short: new Set() }
        },
      },
      paces: { take: async () => ({ granted: 1, againInMs: 0, at: 0 }) },
      pauses: () => ({
        getPause: async (key) => {
          this.reads++
          return this.#refusals.getPause(key)
        },
        setPause: (key, pause) => this.#refusals.setPause(key, pause),
        versions: async (keys) => {
          this.versionsOf.push(keys)
          return new Map(keys.map((key) => [key, this.version]))
        },
        mayProbe: async (key, forMs) => {
          this.probes.push([key, forMs])
          if (this.probeTrouble !== undefined) throw this.probeTrouble
          return this.mayProbe
        },
        endProbe: async (key) => void this.endedProbes.push(key),
      }),
    })({
      clock: this.clock,
      random: () => 1,
      apps: {
        list: () => assert.fail(),
        pause: () => Promise.resolve(true),
        resume: () => Promise.resolve(true),
      },
      lookups: notAsked,
      personTimes: { take: () => assert.fail(), giveBack: () => assert.fail(), taken: () => assert.fail() },
      log: { info: nothing, warn: nothing, error: nothing },
      stopping: this.stopping.signal,
      allCalls: new AllCalls(100),
      onOpened: (app) => void this.opened.push(app),
      onDoubted: () => undefined,
      chats: { get: () => assert.fail() },
      corps: { get: () => assert.fail() },
      ratesOf: () => ({ members: undefined, countsChats: false }),
      keysIn: () => [],
    })
  }

  /** The pause as another node sees it, which meets a refusal, or its end. */
  get otherNode(): RateLimitPause {
    return new RateLimitPause(this.clock, this.#refusals, PAUSE_KEY)
  }

  /** The work that this node does about twice a second. */
  async look(): Promise<void> {
    this.#monotonicMs += 500
    this.#tick(500)
    await settled()
  }
}

const notAsked: LookupStore = {
  get: () => assert.fail(),
  set: () => assert.fail(),
  getPause: () => assert.fail(),
  setPause: () => assert.fail(),
}

function nothing(): void {}

async function settled(): Promise<void> {
  for (let n = 0; n < 10; n++) await immediate()
}

function anApp(name: string, { agentId = 1, settings = {} }: Partial<AppRecord> = {}): AppRecord {
  return {
    name,
    corpId: "ww1",
    agentId,
    partyId: String(agentId),
    kind: "app",
    createdAt: NOON,
    updatedAt: NOON,
    settings,
    pause: undefined,
    version: 1,
  }
}

async function permit(governor: Governor): Promise<Permit> {
  const given = await governor.permit("normal")
  assert.ok(given !== undefined)
  return given
}

const THROTTLED = { health: { kind: "throttled" }, from: NOON, at: NOON } as const

test("calls under way are a share of the party's, and the node asks for as many as it needs", async (t) => {
  const world = new World(t)
  await world.governors.ready()
  const governor = await world.governors.open(anApp("alerts", { settings: { concurrent_calls: 3 } }))
  const waiting = Promise.all([permit(governor), permit(governor)])
  await settled()
  assert.deepEqual(world.asks, [{ pool: "calls ww1/1", limit: 3, keep: 0, need: 2 }])
  assert.deepEqual(world.looks, [["calls ww1/1"]])
  assert.equal((await waiting).length, 2)
})

test("the node asks with new limits of the party as soon as they are set", async (t) => {
  const world = new World(t)
  await world.governors.open(anApp("alerts", { settings: { concurrent_calls: 3, member_per_minute: 1 } }))
  const governor = await world.governors.open(
    anApp("alerts", { settings: { concurrent_calls: 5, member_per_minute: 2, member_per_hour: null } }),
  )
  await permit(governor)
  assert.equal(world.asks[0]?.limit, 5)
  await governor.reserve("bulk", anOwner()).take([aTarget("zhangsan", 0)])
  const { party, members, rank, memberPerMinute, memberPerHour } = world.taken[0] ?? assert.fail()
  assert.deepEqual(
    { party, members, rank, memberPerMinute, memberPerHour },
    {
      party: agentParty({ corpId: "ww1", agentId: 1 }),
      members: ["zhangsan"],
      rank: 2,
      memberPerMinute: 2,
      memberPerHour: null,
    },
  )
})

test("a call that goes out again without room is counted in as the first of all", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts", { settings: { member_per_minute: 1 } }))
  const targets = [aTarget("zhangsan", 0)]
  const inDoubt = { owner: "msg_again", firstTryAtMs: NOON, mayHaveArrived: true, waitsUntilMs: Infinity }
  world.waitMs.set("zhangsan", 1000)
  assert.ok("renew" in (await governor.reserveAgain(targets, inDoubt)))
  const { party, members, rank, memberPerMinute } = world.forced[0] ?? assert.fail()
  assert.deepEqual(
    { party, members, rank, memberPerMinute },
    {
      party: agentParty({ corpId: "ww1", agentId: 1 }),
      members: ["zhangsan"],
      rank: 0,
      memberPerMinute: 1,
    },
  )
})

test("calls under way here are reported, so that their permits are kept while others are short", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts"))
  const permits = await Promise.all([permit(governor), permit(governor)])
  await permits[0].startSending()
  permits[1][Symbol.dispose]()
  await settled()
  assert.equal(world.asks.at(-1)?.need, 2)
})

test("once this node stops, waiting callers are refused, and later ones too", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts", { settings: { concurrent_calls: 1 } }))
  await permit(governor)
  const waiting = governor.permit("normal")
  world.stopping.abort()
  assert.equal(await waiting, undefined)
  const late = await world.governors.open(anApp("late", { agentId: 2 }))
  assert.equal(await late.permit("normal"), undefined)
})

test("one call of all nodes finds out whether WeCom takes calls of the party again, and reports it when WeCom does not", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts"))
  await governor.report(THROTTLED)
  world.nowMs += MINUTE
  const probe = await permit(governor)
  assert.deepEqual(world.probes, [[PAUSE_KEY, 30_000]])
  probe[Symbol.dispose]()
  assert.deepEqual(world.endedProbes, [PAUSE_KEY])
})

test("a call that finds it open does not report its own end: the end of the refusal shows it", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts"))
  await governor.report(THROTTLED)
  world.nowMs += MINUTE
  const probe = await permit(governor)
  await governor.report({ health: { kind: "healthy" }, permit: probe, from: world.nowMs, at: world.nowMs })
  probe[Symbol.dispose]()
  assert.deepEqual([world.endedProbes, world.opened], [[], ["alerts"]])
})

test("while another node tries, or has tried, this one takes over its result", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts"))
  await world.governors.open(anApp("alarms"))
  await governor.report(THROTTLED)
  world.nowMs += MINUTE
  world.mayProbe = false
  assert.equal(await governor.permit("normal"), undefined)
  assert.equal(governor.nextProbeAtMs, world.nowMs + 1000)
  const { otherNode } = world
  await otherNode.isUnsure()
  await otherNode.open()
  world.nowMs += 1000
  assert.equal(await governor.permit("normal"), undefined)
  assert.deepEqual([governor.nextProbeAtMs, world.opened], [undefined, ["alerts", "alarms"]])
})

test("when the store fails, no call tries, and a programming error is thrown", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts"))
  await governor.report(THROTTLED)
  world.nowMs += MINUTE
  world.probeTrouble = new StorageError("storage_error")
  assert.equal(await governor.permit("normal"), undefined)
  world.nowMs += 1000
  world.probeTrouble = new TypeError("a mistake")
  await assert.rejects(Promise.resolve(governor.permit("normal")), world.probeTrouble)
})

test("a node with calls learns of a refusal that another node met, and of its end", async (t) => {
  const world = new World(t)
  const governor = await world.governors.open(anApp("alerts"))
  await world.governors.open(anApp("alarms"))
  await world.governors.open(anApp("other", { agentId: 2 }))
  await permit(governor)
  assert.deepEqual(world.versionsOf, [[PAUSE_KEY]])
  const { otherNode } = world
  await otherNode.close()
  const reads = world.reads
  await world.look()
  assert.deepEqual([world.reads, governor.nextProbeAtMs], [reads, undefined], "by its version nothing has changed")
  world.version = "2"
  await world.look()
  assert.deepEqual([world.reads, governor.nextProbeAtMs], [reads + 1, NOON + MINUTE])
  await world.look()
  assert.equal(world.reads, reads + 1, "once")
  world.nowMs += MINUTE
  await otherNode.open()
  world.version = "3"
  await world.look()
  assert.deepEqual([governor.nextProbeAtMs, world.opened], [undefined, ["alerts", "alarms"]])
})

test("while only look-ups are under way no refusals are read", async (t) => {
  const world = new World(t)
  const turns = world.governors.lookupPermits("ww1", "user/getuserid ww1", () =>
    Promise.resolve({ lookupMissBudget: 10, lookupsPerMinute: 5, lookupsPerHour: null }),
  )
  using _turn = await turns.take()
  assert.deepEqual([world.asks.map(({ pool }) => pool), world.versionsOf], [["lookups ww1"], []])
})

test("a deleted app is not moved when the clock is set; others are", async (t) => {
  const { governors } = new World(t)
  const [gone, alerts] = [await governors.open(anApp("gone")), await governors.open(anApp("alerts"))]
  const wrongIp = { kind: "misconfigured", errcode: 60020, errmsg: "ip" } as const
  for (const governor of [gone, alerts]) await governor.report({ health: wrongIp, from: NOON, at: NOON })
  governors.forget("gone")
  governors.clockJumped(5000)
  assert.deepEqual([gone.closedUntilMs(), alerts.closedUntilMs()], [NOON + MINUTE, NOON + MINUTE + 5000])
})
