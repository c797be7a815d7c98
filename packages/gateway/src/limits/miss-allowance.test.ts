import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as nextTurn } from "node:timers/promises"
import { nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import { StorageError } from "../domain/storage-error.ts"
import { MissAllowance } from "./miss-allowance.ts"
import type { Leave } from "./miss-allowance.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const DAY = "2026-11-25"

/** A corp that may ask for so many numbers that perhaps nobody has. */
class World {
  nowMs = NOON
  budget = 2
  taken = 0
  takes = 0
  trouble: Error | undefined
  /** What each take of the store waits for. */
  held: Promise<void> = Promise.resolve()
  readonly settled: unknown[] = []
  readonly allowance = new MissAllowance(
    { now: () => this.nowMs, sleep: () => Promise.resolve() },
    {
      take: async (corpId, day, wanted, budget) => {
        assert.deepEqual([corpId, wanted], ["ww1", 1])
        this.takes++
        const granted = this.taken < budget ? 1 : 0
        if (day === DAY) this.taken += granted
        await this.held
        if (this.trouble !== undefined) throw this.trouble
        return granted
      },
      settle: async (corpId, day, { asked, missed }) => {
        this.settled.push([corpId, day, asked, missed])
        this.taken -= asked - missed
        if (this.trouble !== undefined) throw this.trouble
      },
      taken: () => Promise.resolve(this.taken),
    },
    "ww1",
    () => Promise.resolve(this.budget),
  )

  async leave(): Promise<Leave> {
    const leave = await this.allowance.take()
    assert.ok("day" in leave)
    return leave
  }
}

type Taken = Awaited<ReturnType<MissAllowance["take"]>>

function takeAll(world: World, count: number): { readonly of: number; readonly taken: Taken }[] {
  const done: { readonly of: number; readonly taken: Taken }[] = []
  for (let of = 0; of < count; of++) void world.allowance.take().then((taken) => done.push({ of, taken }))
  return done
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await nextTurn()
}

test("as many may be asked for as the allowance of the day; then there is the next one at midnight in Beijing", async () => {
  const world = new World()
  for (let n = 0; n < 2; n++) {
    const leave = await world.leave()
    assert.deepEqual(leave, { day: DAY })
    await world.allowance.settle(leave, true)
  }
  assert.deepEqual(await world.allowance.take(), { spentUntil: nextBeijingDayAt(NOON) })
  assert.deepEqual(world.settled, [
    ["ww1", DAY, 1, 1],
    ["ww1", DAY, 1, 1],
  ])
})

test("a number that is somebody's costs nothing", async () => {
  const world = new World()
  for (let n = 0; n < 5; n++) await world.allowance.settle(await world.leave(), false)
  assert.deepEqual(world.settled.at(-1), ["ww1", DAY, 1, 0])
})

test("while others are asked for, whoever finds nothing left waits for their answers, one at a time and in their order", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  const done = takeAll(world, 4)
  await settled()
  assert.deepEqual([done, world.takes], [[], 5])
  await world.allowance.settle(first, false)
  await settled()
  assert.deepEqual(done, [{ of: 0, taken: { day: DAY } }])
  await world.allowance.settle({ day: DAY }, true)
  await settled()
  const spent = { spentUntil: nextBeijingDayAt(NOON) }
  assert.deepEqual(done.slice(1), [
    { of: 1, taken: spent },
    { of: 2, taken: spent },
    { of: 3, taken: spent },
  ])
})

test("with one number left an answer costs one more look at the store, however many wait", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  takeAll(world, 1)
  await settled()
  const done = takeAll(world, 50)
  await settled()
  const before = world.takes
  assert.equal(before, 2)
  await world.allowance.settle(first, false)
  await settled()
  assert.deepEqual([world.takes - before, done.length], [2, 0])
})

test("an answer that comes while the store is asked is waited for by nobody: it is asked again", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  const { promise, resolve } = Promise.withResolvers<void>()
  world.held = promise
  const done = takeAll(world, 1)
  await settled()
  await world.allowance.settle(first, false)
  resolve()
  await settled()
  assert.deepEqual(done, [{ of: 0, taken: { day: DAY } }])
})

test("trouble with the store is that of whoever met it, and the next one who waits tries", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  const waiting = [world.allowance.take(), world.allowance.take()]
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

test("an answer that could not be settled is no question under way any more", async () => {
  const world = new World()
  world.budget = 1
  const first = await world.leave()
  world.trouble = new StorageError("storage_error")
  await assert.rejects(world.allowance.settle(first, true))
  world.trouble = undefined
  assert.deepEqual(await world.allowance.take(), { spentUntil: nextBeijingDayAt(NOON) })
})

test("the next day has an allowance of its own", async () => {
  const world = new World()
  world.nowMs = nextBeijingDayAt(NOON) - 1
  assert.deepEqual(await world.leave(), { day: DAY })
  world.nowMs += 1
  assert.deepEqual(await world.leave(), { day: "2026-11-26" })
})
