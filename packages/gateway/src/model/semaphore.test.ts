import assert from "node:assert/strict"
import { test } from "node:test"
import { Semaphore } from "./semaphore.ts"

test("one at a time goes through, in the order in which they came; a caller that only passes waits for those ahead", async () => {
  const semaphore = new Semaphore()
  const through: string[] = []
  const enter = async (name: string): Promise<void> => {
    await semaphore.enter()
    through.push(name)
  }
  await enter("first")
  const waiting = [enter("second"), enter("third")]
  const passed = semaphore.pass().then(() => through.push("passer"))
  for (const wait of waiting) {
    semaphore.leave()
    await wait
  }
  assert.deepEqual(through, ["first", "second", "third"])
  semaphore.leave()
  await passed
  await enter("fourth")
  assert.deepEqual(through, ["first", "second", "third", "passer", "fourth"])
})

test("as many as it has places go through at once, and it is idle when all have left", async () => {
  const semaphore = new Semaphore(2)
  assert.equal(semaphore.isIdle, true)
  assert.equal(semaphore.enter(), undefined)
  assert.equal(semaphore.isIdle, false)
  assert.equal(semaphore.enter(), undefined)
  const third = semaphore.enter()
  assert.notEqual(third, undefined)
  semaphore.leave()
  await third
  semaphore.leave()
  assert.equal(semaphore.isIdle, false)
  semaphore.leave()
  assert.equal(semaphore.isIdle, true)
})

test("a caller that only passes takes no place", async () => {
  const semaphore = new Semaphore()
  await semaphore.pass()
  assert.equal(semaphore.isIdle, true)
  assert.equal(semaphore.enter(), undefined)
})
