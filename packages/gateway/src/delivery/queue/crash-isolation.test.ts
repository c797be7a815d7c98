import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { CrashIsolation, isSuspect } from "./crash-isolation.ts"

test("a call is a suspect from its second crash in a row on", () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((crashes) => isSuspect({ crashes })),
    [false, false, true, true],
  )
})

// proves 29.E6: two kills with the same calls
test("suspects are made one after another, in their order", async () => {
  const isolation = new CrashIsolation()
  const started: string[] = []
  const enter = async (name: string): Promise<Disposable> => {
    const turn = await isolation.enter()
    started.push(name)
    return turn
  }
  const first = enter("first")
  const second = enter("second")
  const third = enter("third")
  await immediate()
  assert.deepEqual(started, ["first"])
  ;(await first)[Symbol.dispose]()
  await immediate()
  assert.deepEqual(started, ["first", "second"])
  ;(await second)[Symbol.dispose]()
  ;(await third)[Symbol.dispose]()
  assert.deepEqual(started, ["first", "second", "third"])
})
