import assert from "node:assert/strict"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import type { PermitAsk } from "../model/ports/shared-counts.ts"
import { SharedSemaphore } from "./shared-semaphore.ts"
import { PermitShares } from "./permit-shares.ts"

/** A semaphore on one of several nodes, which gets at most this share. */
function world(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const asks: PermitAsk[] = []
  const state = { nowMs: 0, most: 2 }
  const shares = new PermitShares({
    slots: {
      exchange: async (all) => {
        asks.push(...all)
        return all.map(({ keep, need }) => {
          const held = Math.min(state.most, Math.max(keep, need))
          return { held, share: held, othersAreShort: false }
        })
      },
      look: () => Promise.resolve({ short: new Set() }),
    },
    watch: { look: () => Promise.resolve() },
    log: { info: nothing, warn: nothing, error: nothing },
    stopping: new AbortController().signal,
    now: () => state.nowMs,
  })
  const pass = async (ms: number): Promise<void> => {
    for (let n = 0; n < ms; n++) {
      state.nowMs++
      t.mock.timers.tick(1)
      await immediate()
    }
  }
  return { semaphore: new SharedSemaphore(shares, "lookups ww1", 5), asks, state, pass }
}

function nothing(): void {}

/** Enters the semaphore; `inside` lists who has got in, in order. */
function come(semaphore: SharedSemaphore, name: string, inside: string[]): void {
  const waits = semaphore.enter()
  if (waits === undefined) inside.push(`${name} at once`)
  else void waits.then(() => inside.push(name))
}

test("no caller gets in before a share exists; then as many as the share, and the others in order as some leave", async (t) => {
  const { semaphore, asks } = world(t)
  const inside: string[] = []
  for (const name of ["one", "two", "three", "four"]) come(semaphore, name, inside)
  assert.deepEqual([inside, semaphore.busy, semaphore.demand], [[], 0, 4])
  await immediate()
  await immediate()
  assert.deepEqual([inside, semaphore.busy, semaphore.demand], [["one", "two"], 2, 4])
  assert.deepEqual(asks, [{ pool: "lookups ww1", limit: 5, keep: 0, need: 4 }])
  semaphore.leave()
  await immediate()
  assert.deepEqual([inside, semaphore.busy, semaphore.demand], [["one", "two", "three"], 2, 3])
  semaphore.leave()
  semaphore.leave()
  await immediate()
  assert.deepEqual([inside, semaphore.busy, semaphore.demand], [["one", "two", "three", "four"], 1, 1])
  come(semaphore, "five", inside)
  come(semaphore, "six", inside)
  assert.deepEqual([inside.at(-1), semaphore.busy, semaphore.demand], ["five at once", 2, 3])
})

test("a share that grows lets waiting callers in", async (t) => {
  const { semaphore, state, pass } = world(t)
  const inside: string[] = []
  for (const name of ["one", "two", "three", "four", "five"]) come(semaphore, name, inside)
  await immediate()
  await immediate()
  state.most = 4
  await pass(100)
  assert.deepEqual(inside, ["one", "two", "three", "four"])
})

test("after a second without use the share is given back", async (t) => {
  const { semaphore, asks, pass } = world(t)
  come(semaphore, "one", [])
  await immediate()
  await immediate()
  semaphore.leave()
  await pass(999)
  assert.equal(asks.length, 1)
  await pass(1)
  assert.deepEqual(asks[1], { pool: "lookups ww1", limit: 5, keep: 0, need: 0 })
})

test("a caller that got in at once counts for the share as long as it is in", async (t) => {
  const { semaphore, asks, pass } = world(t)
  for (let n = 0; n < 2; n++) come(semaphore, "one", [])
  await immediate()
  await immediate()
  for (let n = 0; n < 2; n++) semaphore.leave()
  await pass(500)
  const inside: string[] = []
  come(semaphore, "two", inside)
  assert.deepEqual(inside, ["two at once"])
  await pass(900)
  assert.equal(asks.length, 1)
})
