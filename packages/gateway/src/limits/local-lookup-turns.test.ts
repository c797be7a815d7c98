import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as nextTurn } from "node:timers/promises"
import { memoryLookupStore } from "@wecom-push/sdk"
import { Pace } from "@wecom-push/sdk/internals"
import { LocalLookupTurns } from "./local-lookup-turns.ts"
import { LOOKUPS_AT_ONCE } from "./lookup-rules.ts"

function turns(limit = 1000): { of: LocalLookupTurns; slept: number[] } {
  const slept: number[] = []
  let nowMs = 0
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms)
    nowMs += ms
  }
  const pace = new Pace({ now: () => nowMs, sleep }, [{ limit, windowMs: 60_000 }])
  return { of: new LocalLookupTurns(memoryLookupStore(), pace), slept }
}

/** Undefined while it waits. */
function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const watched: { value: T | undefined } = { value: undefined }
  void promise.then((value) => (watched.value = value))
  return watched
}

test("so many look-ups are under way at once, and the next one begins when one has ended", async () => {
  const { of } = turns()
  const [first] = await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, () => of.take()))
  const next = watch(of.take())
  await nextTurn()
  assert.equal(next.value, undefined)
  first?.[Symbol.dispose]()
  await nextTurn()
  assert.notEqual(next.value, undefined)
})

test("look-ups keep their pace, however long that is", async () => {
  const { of, slept } = turns(1)
  for (let n = 0; n < 2; n++) (await of.take())[Symbol.dispose]()
  assert.equal(slept.length > 0, true)
})

test("one at a time finds out whether a pause is over", async () => {
  const { of } = turns()
  const first = await of.tryAlone()
  const second = watch(of.tryAlone())
  await nextTurn()
  assert.equal(second.value, undefined)
  await first[Symbol.asyncDispose]()
  await nextTurn()
  assert.notEqual(second.value, undefined)
})
