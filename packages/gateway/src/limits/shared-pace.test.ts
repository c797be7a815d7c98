import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { StorageError } from "../model/storage-error.ts"
import type { PaceTaken } from "../model/ports/shared-counts.ts"
import { SharedPace } from "./shared-pace.ts"

const RULES = [{ limit: 5, windowMs: 60_000 }]

function world(rules = RULES) {
  const asked: [corpId: string, rules: typeof RULES, wanted: number][] = []
  const slept: number[] = []
  const state = {
    answer: (wanted: number): PaceTaken => ({ granted: wanted, againInMs: 0, at: 0 }),
    sleeping: Promise.resolve(),
    rules,
  }
  const paces = {
    take: async (corpId: string, given: typeof RULES, wanted: number) => {
      asked.push([corpId, given, wanted])
      await immediate()
      return state.answer(wanted)
    },
  }
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms)
      await state.sleeping
    },
  }
  return { pace: new SharedPace(paces, clock, "ww1", () => Promise.resolve(state.rules)), asked, slept, state }
}

const wantedOf = (asked: readonly (readonly [string, unknown, number])[]) => asked.map(([, , wanted]) => wanted)

/** How many have been let through. */
function takeAll(pace: SharedPace, count: number): { through: number[] } {
  const result = { through: [] as number[] }
  for (let n = 0; n < count; n++) void pace.take().then(() => result.through.push(n))
  return result
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await immediate()
}

test("without rules no store is asked, and rules may change while a caller waits", async () => {
  const { pace, asked, slept, state } = world([{ limit: Infinity, windowMs: 60_000 }])
  await pace.take()
  assert.deepEqual(asked, [])
  state.rules = RULES
  state.answer = () => {
    state.rules = []
    return { granted: 0, againInMs: 59_000, at: 0 }
  }
  await pace.take()
  assert.deepEqual([wantedOf(asked), slept], [[1], [500]])
})

test("callers that come at once, or while the store is asked, ask together", async () => {
  const { pace, asked, slept } = world()
  const taken = takeAll(pace, 3)
  while (asked.length === 0) await Promise.resolve()
  const later = takeAll(pace, 2)
  await settled()
  assert.deepEqual([asked[0], wantedOf(asked), slept], [["ww1", RULES, 3], [3, 2], []])
  assert.deepEqual(
    [taken.through, later.through],
    [
      [0, 1, 2],
      [0, 1],
    ],
  )
})

test("callers that have to wait ask again at the given time, in order, together with later ones", async () => {
  const { pace, asked, slept, state } = world()
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answer = () => ({ granted: 1, againInMs: slept.length === 0 ? 400 : 1, at: 0 })
  state.sleeping = promise
  const taken = takeAll(pace, 2)
  await settled()
  assert.deepEqual([wantedOf(asked), slept, taken.through], [[2], [400], [0]])
  const later = takeAll(pace, 1)
  resolve()
  await settled()
  assert.deepEqual([wantedOf(asked), taken.through, later.through], [[2, 2, 1], [0, 1], [0]])
  assert.deepEqual(slept, [400, 1, 1])
})

test("an error of the store is thrown to all waiting callers, and the next caller asks anew", async () => {
  const { pace, asked, state } = world()
  const trouble = new StorageError("storage_error")
  state.answer = () => {
    throw trouble
  }
  const failed = await Promise.allSettled([pace.take(), pace.take()])
  assert.deepEqual(
    failed.map((each) => each.status === "rejected" && each.reason),
    [trouble, trouble],
  )
  state.answer = (wanted) => ({ granted: wanted, againInMs: 0, at: 0 })
  await pace.take()
  assert.deepEqual(wantedOf(asked), [2, 1])
})
