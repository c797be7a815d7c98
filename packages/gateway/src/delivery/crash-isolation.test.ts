import assert from "node:assert/strict"
import { setImmediate as nextTurn } from "node:timers/promises"
import { test } from "node:test"
import { CrashIsolation } from "./crash-isolation.ts"

/** Attempts by name: who is under way, in the order in which they started. */
function watch() {
  const isolation = new CrashIsolation()
  const started: string[] = []
  const enter = (name: string, alone = false): boolean => {
    const turn = isolation.enter(alone)
    void Promise.resolve(turn).then(() => started.push(name))
    return turn === undefined
  }
  const leave = async (): Promise<readonly string[]> => {
    isolation.leave()
    await nextTurn()
    return [...started]
  }
  return { enter, leave, started }
}

test("attempts are under way together, and a suspect starts when all have ended", async () => {
  const { enter, leave } = watch()
  assert.deepEqual([enter("a"), enter("b"), enter("suspect", true)], [true, true, false])
  assert.deepEqual(await leave(), ["a", "b"])
  assert.deepEqual(await leave(), ["a", "b", "suspect"])
})

test("a suspect starts at once where nothing is under way, and nobody beside it", async () => {
  const { enter, leave } = watch()
  assert.deepEqual([enter("suspect", true), enter("a"), enter("b")], [true, false, false])
  assert.deepEqual(await leave(), ["suspect", "a", "b"])
  assert.equal(enter("c"), true, "it is over")
})

test("while a suspect waits nobody else starts, or its turn would never come", async () => {
  const { enter, leave } = watch()
  assert.deepEqual([enter("a"), enter("suspect", true), enter("b")], [true, false, false])
  assert.deepEqual(await leave(), ["a", "suspect"])
  assert.deepEqual(await leave(), ["a", "suspect", "b"])
})

test("two suspects go one after the other, in their order, before those who came between", async () => {
  const { enter, leave } = watch()
  assert.deepEqual([enter("a"), enter("first", true), enter("b"), enter("second", true)], [true, false, false, false])
  assert.deepEqual(await leave(), ["a", "first"])
  assert.equal(enter("third", true), false, "one is alone already")
  assert.deepEqual(await leave(), ["a", "first", "second"])
  assert.deepEqual(await leave(), ["a", "first", "second", "third"])
  assert.deepEqual(await leave(), ["a", "first", "second", "third", "b"])
  assert.equal(enter("c"), true)
  assert.equal(enter("fourth", true), false, "two are under way")
  assert.deepEqual(await leave(), ["a", "first", "second", "third", "b", "c"])
  assert.deepEqual(await leave(), ["a", "first", "second", "third", "b", "c", "fourth"])
})

test("when a suspect has ended and nobody waited, the next starts at once", async () => {
  const { enter, leave } = watch()
  assert.equal(enter("suspect", true), true)
  await leave()
  assert.deepEqual([enter("a"), enter("b")], [true, true])
})
