import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import { StorageError } from "../model/storage-error.ts"
import { MissAllowance } from "./miss-allowance.ts"
import type { Leave, LookupHolder } from "./miss-allowance.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const DAY = "2026-11-25"
const SPENT = { spentUntil: nextBeijingDayAt(NOON) }
const ALERTS: LookupHolder = { app: "alerts", key: "key_1", priority: "normal" }
const HR: LookupHolder = { app: "hr", key: "key_2", priority: "normal" }
const LEAVE = { day: DAY, holder: ALERTS }

/** A corp with an allowance of unknown numbers. */
class World {
  nowMs = NOON
  budget = 2
  missed = 0
  /** How many questions are under way here. */
  asking = 0
  askingElsewhere = 0
  /** How many a key may have, apart from others. */
  share = Infinity
  readonly ofKeys = new Map<string, number>()
  looks = 0
  trouble: Error | undefined
  /** Each question to the store waits for this. */
  held: Promise<void> = Promise.resolve()
  readonly settled: unknown[] = []
  readonly stop = new AbortController()
  /** Ends the wait for the next question. */
  lookAgain: () => void = () => undefined
  readonly allowance = new MissAllowance({
    clock: {
      now: () => this.nowMs,
      sleep: (_ms, signal) =>
        new Promise<void>((resolve, reject) => {
          this.lookAgain = resolve
          signal?.addEventListener("abort", () => reject(signal.reason))
        }),
    },
    misses: {
      take: async (corpId, day, wanted, budget, { names } = assert.fail()) => {
        assert.equal(corpId, "ww1")
        this.looks++
        const [key = assert.fail()] = names
        const missed = day === DAY ? this.missed : 0
        const left = budget - missed - this.asking - this.askingElsewhere
        const ofKey = this.ofKeys.get(key) ?? 0
        const granted = Math.max(0, Math.min(wanted, left, this.share - ofKey))
        this.asking += granted
        this.ofKeys.set(key, ofKey + granted)
        await this.held
        if (this.trouble !== undefined) throw this.trouble
        if (granted === wanted) return { granted }
        const share = { name: key, taken: ofKey, missed: 0 }
        return { granted, short: { isSpent: missed >= budget, ...(left > granted && { share }) } }
      },
      settle: async (corpId, day, { asked, missed, names: [key = assert.fail()] = assert.fail() }) => {
        if (this.trouble !== undefined) throw this.trouble
        this.settled.push([corpId, day, asked, missed])
        this.asking -= asked
        this.missed += missed
        this.ofKeys.set(key, (this.ofKeys.get(key) ?? 0) - asked)
      },
      taken: () => assert.fail(),
    },
    corpId: "ww1",
    limits: () => Promise.resolve({ budget: this.budget, share: this.share }),
    stopping: this.stop.signal,
  })

  async leave(holder = ALERTS): Promise<Leave> {
    const leave = await this.allowance.take(holder)
    assert.ok(leave !== undefined && "day" in leave)
    return leave
  }
}

interface Done {
  readonly of: number
  readonly taken: Awaited<ReturnType<MissAllowance["take"]>>
}

/** In the order in which they resolve. */
function takeAll(world: World, ...holders: readonly LookupHolder[]): readonly Done[] {
  const done: Done[] = []
  for (const [of, holder] of holders.entries())
    void world.allowance.take(holder).then((taken) => done.push({ of, taken }))
  return done
}

async function settled(): Promise<void> {
  for (let n = 0; n < 30; n++) await immediate()
}

test("the day's allowance limits what may be asked for; the next one begins at midnight in Beijing", async () => {
  const world = new World()
  for (let n = 0; n < 2; n++) {
    const leave = await world.leave()
    assert.deepEqual(leave, LEAVE)
    await world.allowance.settle(leave, true)
  }
  assert.deepEqual(await world.allowance.take(ALERTS), SPENT)
  assert.deepEqual(world.settled, [
    ["ww1", DAY, 1, 1],
    ["ww1", DAY, 1, 1],
  ])
})

test("a member's number costs nothing", async () => {
  const world = new World()
  for (let n = 0; n < 5; n++) await world.allowance.settle(await world.leave(), false)
  assert.deepEqual(world.settled.at(-1), ["ww1", DAY, 1, 0])
})

test("while others are being asked for, a caller that finds nothing left waits for their answers, in order", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  const done = takeAll(world, ALERTS, ALERTS, ALERTS, ALERTS)
  await settled()
  assert.deepEqual(done, [])
  await world.allowance.settle(first, false)
  await settled()
  assert.deepEqual(done, [{ of: 0, taken: LEAVE }])
  await world.allowance.settle(LEAVE, true)
  await settled()
  assert.deepEqual(done.slice(1), [
    { of: 1, taken: SPENT },
    { of: 2, taken: SPENT },
    { of: 3, taken: SPENT },
  ])
})

// proves 29.P1: look-ups of several gateways
test("questions of another node are waited for too: the caller looks again soon, and only misses end its wait", async () => {
  const world = new World()
  world.askingElsewhere = 2
  const done = takeAll(world, ALERTS, ALERTS, ALERTS)
  await settled()
  assert.deepEqual([done, world.looks], [[], 1])
  world.lookAgain()
  await settled()
  assert.deepEqual([done, world.looks], [[], 2])
  world.askingElsewhere = 1
  world.lookAgain()
  await settled()
  assert.deepEqual(done, [{ of: 0, taken: LEAVE }])
  world.askingElsewhere = 0
  world.missed = 2
  world.lookAgain()
  await settled()
  assert.deepEqual(done.slice(1), [
    { of: 1, taken: SPENT },
    { of: 2, taken: SPENT },
  ])
})

test("waiting callers get a larger budget", async () => {
  const world = new World()
  world.budget = 1
  await world.leave()
  const done = takeAll(world, ALERTS)
  await settled()
  world.budget = 2
  world.lookAgain()
  await settled()
  assert.deepEqual(done, [{ of: 0, taken: LEAVE }])
})

test("with one number left an answer costs one more look at the store, however many wait or come", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  const waiting = takeAll(world, ALERTS)
  await settled()
  const before = world.looks
  const done = takeAll(world, ...Array.from({ length: 50 }, () => ALERTS))
  await settled()
  assert.equal(world.looks, before)
  await world.allowance.settle(first, false)
  await settled()
  assert.deepEqual([world.looks - before <= 2, waiting.length, done.length], [true, 1, 0])
})

test("with much left, simultaneous callers cost one question to the store", async () => {
  const world = new World()
  world.budget = 1000
  const done = takeAll(world, ALERTS, ...Array.from({ length: 20 }, () => ALERTS))
  await settled()
  assert.deepEqual([done.length, world.looks <= 2], [21, true])
})

test("no more are asked for at once than look-ups may be under way, so that the first waiting caller is next", async () => {
  const world = new World()
  world.budget = 1000
  const bulk = takeAll(world, ...Array.from({ length: 500 }, () => ({ ...ALERTS, priority: "bulk" as const })))
  await settled()
  assert.equal(bulk.length, 28)
  const high = takeAll(world, { ...ALERTS, priority: "high" })
  await settled()
  assert.equal(high.length, 0)
  await world.allowance.settle(LEAVE, false)
  await settled()
  assert.deepEqual([high.length, bulk.length], [1, 28])
})

test("after an answer that comes while the store is asked, it is asked again", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  const { promise, resolve } = Promise.withResolvers<void>()
  world.held = promise
  const done = takeAll(world, ALERTS)
  await settled()
  await world.allowance.settle(first, false)
  resolve()
  await settled()
  assert.deepEqual(done, [{ of: 0, taken: LEAVE }])
})

// proves 29.E9: urgent look-ups
test("high goes before normal before bulk, and of one priority holders take turns", async () => {
  const world = new World()
  world.budget = 1
  let leave = await world.leave()
  const holders = [
    { ...ALERTS, priority: "bulk" },
    ALERTS,
    ALERTS,
    HR,
    { ...HR, priority: "high" },
  ] satisfies LookupHolder[]
  const done = takeAll(world, ...holders)
  await settled()
  for (let n = 1; n <= holders.length; n++) {
    await world.allowance.settle(leave, false)
    await settled()
    const { of, taken } = done[n - 1] ?? assert.fail(`${n} of ${holders.length}`)
    assert.ok(taken !== undefined && "day" in taken)
    assert.equal(taken.holder, holders[of])
    leave = taken
  }
  assert.deepEqual(
    done.map(({ of }) => of),
    [4, 1, 3, 2, 0],
  )
})

test("a holder that has used up its share does not block the others", async () => {
  const world = new World()
  world.budget = 10
  world.share = 1
  await world.leave()
  const done = takeAll(world, ALERTS, { ...ALERTS, priority: "high" }, HR)
  await settled()
  assert.deepEqual(done, [{ of: 2, taken: { day: DAY, holder: HR } }])
})

test("an error of the store is thrown to all waiting callers", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  const waiting = [world.allowance.take(ALERTS), world.allowance.take(HR)]
  await settled()
  const trouble = new StorageError("storage_error")
  world.trouble = trouble
  await assert.rejects(world.allowance.settle(first, false), trouble)
  const outcomes = await Promise.allSettled(waiting)
  assert.deepEqual(
    outcomes.map((each) => each.status === "rejected" && each.reason),
    [trouble, trouble],
  )
})

test("an answer that could not be settled is settled before the next question", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  world.trouble = new StorageError("storage_error")
  await assert.rejects(world.allowance.settle(first, true))
  world.trouble = undefined
  assert.deepEqual(await world.allowance.take(ALERTS), SPENT)
  assert.deepEqual(world.settled, [["ww1", DAY, 1, 1]])
})

test("a caller that waits when the gateway stops gets nothing more", async () => {
  const world = new World()
  world.budget = 1
  await world.leave()
  const done = takeAll(world, ALERTS)
  await settled()
  world.stop.abort()
  await settled()
  assert.deepEqual(done, [{ of: 0, taken: undefined }])
  assert.equal(await world.allowance.take(ALERTS), undefined)
})

test("the next day has an allowance of its own", async () => {
  const world = new World()
  world.nowMs = nextBeijingDayAt(NOON) - 1
  assert.deepEqual(await world.leave(), LEAVE)
  world.nowMs += 1
  assert.deepEqual(await world.leave(), { ...LEAVE, day: "2026-11-26" })
})
