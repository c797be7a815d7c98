import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { memoryLookupStore } from "@wecom-push/sdk"
import type { LookupLimits } from "../model/app-limits.ts"
import { LocalLookupPermits } from "./local-lookup-permits.ts"
import { LOOKUPS_AT_ONCE } from "./lookup-rules.ts"

interface Changeable extends LookupLimits {
  lookupsPerMinute: number | null
  /** Called during each sleep. */
  onSleep?: () => void
}

interface Turns {
  readonly of: LocalLookupPermits
  readonly slept: number[]
  readonly limits: Changeable
  readonly now: () => number
  readonly pass: (ms: number) => void
}

function turns(limit = 1000): Turns {
  const slept: number[] = []
  let nowMs = 0
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms)
    limits.onSleep?.()
    nowMs += ms
  }
  const limits: Changeable = { lookupMissBudget: 10, lookupsPerMinute: limit, lookupsPerHour: null }
  const of = new LocalLookupPermits(memoryLookupStore(), { now: () => nowMs, sleep }, () => Promise.resolve(limits))
  return { of, slept, limits, now: () => nowMs, pass: (ms) => (nowMs += ms) }
}

/** Undefined while it waits. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const watched: { value: T | undefined } = { value: undefined }
  void promise.then((value) => (watched.value = value))
  return watched
}

test("a limited number of look-ups is under way at once, and the next begins when one has ended", async () => {
  const { of } = turns()
  const [first] = await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, () => of.take()))
  const next = watch(of.take())
  await immediate()
  assert.equal(next.value, undefined)
  first?.[Symbol.dispose]()
  await immediate()
  assert.notEqual(next.value, undefined)
})

test("look-ups keep their pace, however slow it is", async () => {
  const { of, slept } = turns(1)
  for (let n = 0; n < 2; n++) (await of.take())[Symbol.dispose]()
  assert.equal(slept.length > 0, true)
})

test("a look-up goes out as soon as its pace has room, also where that is in less than half a second", async () => {
  const { of, slept, pass } = turns(1)
  ;(await of.take())[Symbol.dispose]()
  pass(60_800)
  await of.take()
  assert.deepEqual(slept, [200])
})

test("a caller that waits for the pace is let through within half a second of a change of it, and what has passed counts", async () => {
  const { of, slept, limits } = turns(1)
  for (let n = 0; n < 2; n++) (await of.take())[Symbol.dispose]()
  const before = slept.length
  limits.lookupsPerMinute = 2
  ;(await of.take())[Symbol.dispose]()
  assert.deepEqual(slept.slice(before), [], "there is room for one more")
  limits.onSleep = () => (limits.lookupsPerMinute = null)
  ;(await of.take())[Symbol.dispose]()
  assert.deepEqual(slept.slice(before), [500])
})

// proves 29.minute: no look-up too many in a minute
test("a look-up's minute counts from its answer, and not from the permission to ask", async () => {
  const { of, now, pass } = turns(1)
  pass(900)
  const first = await of.take()
  pass(500)
  const answeredAt = now()
  first[Symbol.dispose]()
  await of.take()
  assert.ok(now() - answeredAt >= 60_000, `${now() - answeredAt} ms`)
})

test("one look-up at a time tries whether a pause is over", async () => {
  const { of } = turns()
  const first = await of.tryAlone()
  const second = watch(of.tryAlone())
  await immediate()
  assert.equal(second.value, undefined)
  await first[Symbol.asyncDispose]()
  await immediate()
  assert.notEqual(second.value, undefined)
})
