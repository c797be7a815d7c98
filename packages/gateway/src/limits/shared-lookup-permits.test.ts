import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { memoryLookupStore } from "@wecom-push/sdk"
import { RateLimitPause } from "@wecom-push/sdk/internals"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { StorageError } from "../model/storage-error.ts"
import type { SharedPauses, PermitAsk } from "../model/ports/shared-counts.ts"
import { SharedLookupPermits } from "./shared-lookup-permits.ts"
import { PermitShares } from "./permit-shares.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const PAUSE_KEY = "user/getuserid ww1"

class World {
  nowMs = NOON
  readonly slept: number[] = []
  /** Called during each sleep. */
  onSleep: () => void | Promise<void> = () => undefined
  readonly clock = new JumpAwareClock({
    now: () => this.nowMs,
    monotonic: () => this.nowMs,
    sleep: async (ms) => {
      this.slept.push(ms)
      await this.onSleep()
    },
  })
  readonly asks: PermitAsk[] = []
  readonly paced: unknown[] = []
  readonly probes: [key: string, forMs: number][] = []
  readonly ended: string[] = []
  mayProbe = true
  trouble: Error | undefined
  readonly #store = memoryLookupStore()
  readonly pauses: SharedPauses = {
    getPause: (key) => this.#store.getPause(key),
    setPause: (key, pause) => this.#store.setPause(key, pause),
    versions: () => assert.fail(),
    mayProbe: async (key, forMs) => {
      this.probes.push([key, forMs])
      if (this.trouble !== undefined) throw this.trouble
      return this.mayProbe
    },
    endProbe: async (key) => {
      this.ended.push(key)
      if (this.trouble !== undefined) throw this.trouble
    },
  }
  readonly #throttle = new RateLimitPause(this.clock, this.pauses, PAUSE_KEY)
  readonly turns = new SharedLookupPermits({
    corpId: "ww1",
    pauseKey: PAUSE_KEY,
    limits: () => Promise.resolve({ lookupMissBudget: 10, lookupsPerMinute: 5, lookupsPerHour: null }),
    clock: this.clock,
    pauses: this.pauses,
    paces: {
      take: async (...args) => {
        this.paced.push(args)
        return { granted: 1, againInMs: 0, at: 0 }
      },
    },
    shares: new PermitShares({
      slots: {
        exchange: async (asks) => {
          this.asks.push(...asks)
          return asks.map(({ need }) => ({ held: need, share: need, othersAreShort: false }))
        },
        look: () => Promise.resolve({ short: new Set() }),
      },
      watch: { look: () => Promise.resolve() },
      log: { info: nothing, warn: nothing, error: nothing },
      stopping: new AbortController().signal,
      now: () => 0,
    }),
  })

  /** WeCom closed the look-ups a minute ago: a call may try whether they are open again. */
  async afterPause(): Promise<this> {
    await this.#throttle.close()
    this.nowMs += 60_000
    return this
  }

  async opened(): Promise<void> {
    await this.#throttle.open()
  }
}

function nothing(): void {}

/** Undefined while it waits. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const watched: { value: T | undefined } = { value: undefined }
  void promise.then((value) => (watched.value = value))
  return watched
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await immediate()
}

test("a look-up takes one of the permits that all nodes have for the corp, and waits for the pace of all", async () => {
  const world = new World()
  const turn = await world.turns.take()
  assert.deepEqual(world.asks, [{ pool: "lookups ww1", limit: 28, keep: 0, need: 1 }])
  assert.deepEqual(world.paced, [["ww1", [{ limit: 5, windowMs: 60_000 }], 1, []]])
  turn[Symbol.dispose]()
})

test("after a pause one look-up of all nodes tries, and reports its end to the others", async () => {
  const world = await new World().afterPause()
  const alone = await world.turns.tryAlone()
  assert.deepEqual([world.probes, world.slept, world.ended], [[[PAUSE_KEY, 30_000]], [], []])
  await alone[Symbol.asyncDispose]()
  assert.deepEqual(world.ended, [PAUSE_KEY])
})

test("look-ups of this node try one after another, and each asks the store only then", async () => {
  const world = await new World().afterPause()
  const first = await world.turns.tryAlone()
  const second = watch(world.turns.tryAlone())
  await settled()
  assert.deepEqual([second.value, world.probes.length], [undefined, 1])
  await first[Symbol.asyncDispose]()
  await settled()
  assert.notEqual(second.value, undefined)
  assert.equal(world.probes.length, 2)
})

test("while a look-up of another node tries, this one looks five times a second, until that one has ended", async () => {
  const world = await new World().afterPause()
  world.mayProbe = false
  world.onSleep = () => void (world.mayProbe = world.slept.length === 3)
  const alone = await world.turns.tryAlone()
  assert.deepEqual([world.slept, world.probes.length], [[200, 200, 200], 4])
  await alone[Symbol.asyncDispose]()
  assert.deepEqual(world.ended, [PAUSE_KEY])
})

test("when another node has found meanwhile that the pause is over, no call needs to be alone, or reports anything", async () => {
  const world = await new World().afterPause()
  world.mayProbe = false
  world.onSleep = () => world.opened()
  const alone = await world.turns.tryAlone()
  await alone[Symbol.asyncDispose]()
  assert.deepEqual([world.slept, world.probes.length, world.ended], [[200], 1, []])
})

test("while the pause lasts no look-up tries", async () => {
  const world = await new World().afterPause()
  world.nowMs -= 1
  const alone = await world.turns.tryAlone()
  await alone[Symbol.asyncDispose]()
  assert.deepEqual([world.probes, world.ended], [[], []])
})

test("an error of the store, before or after the look-up, lets the next one try", async () => {
  const world = await new World().afterPause()
  const trouble = new StorageError("storage_error")
  world.trouble = trouble
  await assert.rejects(world.turns.tryAlone(), trouble)
  world.trouble = undefined
  const alone = await world.turns.tryAlone()
  world.trouble = trouble
  await assert.rejects(Promise.resolve(alone[Symbol.asyncDispose]()), trouble)
  world.trouble = undefined
  const next = watch(world.turns.tryAlone())
  await settled()
  assert.notEqual(next.value, undefined)
})
