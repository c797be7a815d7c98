import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { memoryLookupStore } from "@wecom-push/sdk"
import { RateLimitPause } from "@wecom-push/sdk/internals"
import { agentParty } from "../model/party.ts"
import { appLimits } from "../model/app-limits.ts"
import { aTarget } from "../model/testing/a-target.ts"
import { StorageError } from "../model/storage-error.ts"
import type { Settings } from "../model/ports/apps.ts"
import type { BusyMember } from "../model/ports/busy-members.ts"
import { PartyLimits } from "./party-limits.ts"
import { AllCalls } from "./all-calls.ts"
import { clockAt } from "./testing/clock-at.ts"
import { anOwner } from "./testing/an-owner.ts"

/** Noon in Beijing. */
const NOON = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const AGENT = agentParty({ corpId: "ww1", agentId: 1000002 })

class World {
  nowMs = NOON
  readonly clock = clockAt(this)
  readonly noted: BusyMember[] = []
  /** How often the refusal was read. */
  reads = 0
  trouble: Error | undefined
  granted = Infinity
  readonly #store = memoryLookupStore()
  readonly limits: PartyLimits

  constructor(settings: Settings = {}, { tellsBusy = true } = {}) {
    this.limits = new PartyLimits(
      {
        clock: this.clock,
        lookups: {
          getPause: async (key) => {
            this.reads++
            if (this.trouble !== undefined) throw this.trouble
            return this.#store.getPause(key)
          },
          setPause: (key, pause) => this.#store.setPause(key, pause),
        },
        personTimes: {
          take: async ({ wanted }) => ({ granted: Math.min(this.granted, wanted), news: undefined }),
          giveBack: () => Promise.resolve(),
          taken: () => Promise.resolve(0),
        },
        busyMembers: tellsBusy
          ? {
              note: async (member) => {
                this.noted.push(member)
                if (this.trouble !== undefined) throw this.trouble
              },
              since: () => assert.fail(),
            }
          : undefined,
        log: { info: nothing, warn: nothing, error: nothing },
        allCalls: new AllCalls(1000),
      },
      AGENT,
      appLimits(settings),
    )
  }

  /** The pause as another process sees it, which meets a refusal, or its end. */
  get otherProcess(): RateLimitPause {
    return new RateLimitPause(this.clock, this.#store, this.limits.pauseKey)
  }

  get closedUntil(): number | undefined {
    return this.limits.calls.closing.untilMs
  }

  /** @returns until when another send would wait */
  send(member: string): number | undefined {
    return this.limits.windows.admit(member, { at: this.nowMs }, { owner: anOwner(), rank: 1 }, this.nowMs)
  }
}

function nothing(): void {}

const aMember = [aTarget("zhangsan", 0)]

test("refusals are stored under the party", () => {
  assert.equal(new World().limits.pauseKey, "message/send ww1/1000002")
})

test("new limits apply to existing counts: windows and calls under way", () => {
  const { limits, ...world } = new World({ member_per_minute: 1, concurrent_calls: 2 })
  assert.equal(limits.calls.most, 2)
  limits.windows.admit("zhangsan", { at: world.nowMs }, { owner: anOwner(), rank: 1 }, world.nowMs)
  assert.notEqual(limits.windows.freeAt(["zhangsan"], world.nowMs), undefined)
  limits.limit(appLimits({ member_per_minute: 2, concurrent_calls: 3 }))
  assert.equal(limits.windows.freeAt(["zhangsan"], world.nowMs), undefined)
  assert.equal(limits.calls.most, 3)
})

test("a corp with a given size has a day's quota, and its count outlasts other changes", async () => {
  const world = new World({ account_cap: 1 })
  const { limits } = world
  world.granted = 0
  await limits.quota?.take(aMember, "high")
  assert.notEqual(limits.quota?.spentUntil("high"), undefined)
  limits.limit(appLimits({ account_cap: 1, concurrent_calls: 3 }))
  assert.notEqual(limits.quota?.spentUntil("high"), undefined)
  limits.limit(appLimits({ account_cap: 2 }))
  assert.ok(limits.quota !== undefined)
  assert.equal(limits.quota.spentUntil("high"), undefined)
  limits.limit(appLimits({}))
  assert.equal(limits.quota, undefined)
  limits.limit(appLimits({ account_cap: 1 }))
  assert.notEqual(limits.quota, undefined)
})

test("a member near the limit of an hour is reported once, and again when the report was not stored", async () => {
  const world = new World({ member_per_minute: null, member_per_hour: 1000 })
  for (let n = 0; n < 499; n++) world.limits.windows.record("zhangsan", { at: NOON })
  world.trouble = new StorageError("storage_error")
  world.send("zhangsan")
  await immediate()
  assert.deepEqual(world.noted, [{ party: AGENT, member: "zhangsan", count: 500, at: NOON }])
  world.trouble = undefined
  for (let n = 0; n < 2; n++) world.send("zhangsan")
  await immediate()
  assert.equal(world.noted.length, 2)
})

test("without a start that reads earlier sends no member is reported", () => {
  const world = new World({ member_per_minute: null, member_per_hour: 1000 }, { tellsBusy: false })
  for (let n = 0; n < 600; n++) assert.equal(world.send("zhangsan"), undefined)
})

test("a refusal that began before this process did closes the party; it is read once", async () => {
  const world = new World()
  await world.otherProcess.close()
  for (let n = 0; n < 2; n++) await world.limits.recover()
  assert.deepEqual([world.closedUntil, world.limits.isClosed, world.reads], [NOON + MINUTE, true, 1])
})

test("a refusal that is over, or never was, closes nothing", async () => {
  const world = new World()
  await world.limits.recover()
  assert.deepEqual([world.closedUntil, world.limits.isClosed], [undefined, false])
  const later = new World()
  await later.otherProcess.close()
  later.nowMs += MINUTE
  await later.limits.recover()
  assert.equal(later.limits.isClosed, false)
})

test("a refusal that cannot be read throws, and the next call reads it again", async () => {
  const world = new World()
  await world.otherProcess.close()
  const trouble = new StorageError("storage_error")
  world.trouble = trouble
  await assert.rejects(world.limits.recover(), trouble)
  world.trouble = undefined
  await world.limits.recover()
  assert.equal(world.closedUntil, NOON + MINUTE)
})

test("WeCom's refusal closes the party, until it takes calls again; the next one closes it for as long as the first", async () => {
  const world = new World()
  assert.equal(await world.limits.close(), NOON + MINUTE)
  assert.equal(world.closedUntil, NOON + MINUTE)
  world.nowMs += MINUTE
  await world.limits.open()
  assert.equal(world.limits.isClosed, false)
  assert.equal(await world.limits.close(), world.nowMs + MINUTE)
  world.nowMs += MINUTE
  assert.equal(await world.limits.close(), world.nowMs + 60 * MINUTE, "one that follows without an end is longer")
})

test("a refusal that another node meets closes the party here, and its end opens it", async () => {
  const world = new World()
  const { otherProcess } = world
  assert.equal(await world.limits.learn(), false)
  await otherProcess.close()
  assert.equal(await world.limits.learn(), false)
  assert.equal(world.closedUntil, NOON + MINUTE)
  world.nowMs += MINUTE
  assert.equal(await world.limits.learn(), false, "no node has found out yet")
  assert.equal(world.closedUntil, NOON + MINUTE)
  await otherProcess.open()
  assert.equal(await world.limits.learn(), true)
  assert.equal(world.closedUntil, undefined)
  assert.equal(await world.limits.learn(), false, "it was open")
})

test("a closing of the party keeps its length when the clock is set", async () => {
  const world = new World()
  await world.limits.close()
  world.limits.clockJumped(-5000)
  assert.equal(world.closedUntil, NOON + MINUTE - 5000)
})
