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

// proves 12.R12: look-ups delay no other message
test("12.R12: holders take turns, as corps that wait for a look-up do, each in the order in which it asked", async () => {
  const semaphore = new Semaphore(1)
  const first = await semaphore.take("corp-a")
  const order: string[] = []
  const ask = async (corp: string, name: string): Promise<void> => {
    using _ = await semaphore.take(corp)
    order.push(name)
  }
  const asked = [
    ask("corp-a", "a1"),
    ask("corp-a", "a2"),
    ask("corp-a", "a3"),
    ask("corp-b", "b1"),
    ask("corp-b", "b2"),
  ]
  first[Symbol.dispose]()
  await Promise.all(asked)
  assert.deepEqual(order, ["a1", "b1", "a2", "b2", "a3"])
})

test("an unwanted place is free for the next caller", async () => {
  const semaphore = new Semaphore(1)
  const first = await semaphore.take("corp-a")
  const waiting = semaphore.take("corp-a")
  first[Symbol.dispose]()
  ;(await waiting)[Symbol.dispose]()
  for (const corp of ["corp-b", "corp-a"]) (await semaphore.take(corp))[Symbol.dispose]()
})

test("no more have a place than there are, and each is given back", async () => {
  const semaphore = new Semaphore(2)
  let inside = 0
  let most = 0
  const ask = async (): Promise<void> => {
    using _ = await semaphore.take("corp")
    most = Math.max(most, ++inside)
    await Promise.resolve()
    inside--
  }
  await Promise.all(Array.from({ length: 50 }, ask))
  assert.equal(most, 2)
  assert.equal(inside, 0)
})
