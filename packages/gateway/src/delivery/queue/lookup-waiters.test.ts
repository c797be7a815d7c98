import assert from "node:assert/strict"
import { test } from "node:test"
import { LookupWaiters } from "./lookup-waiters.ts"

function waitersFor(most: number) {
  const woken: string[] = []
  const waiters = new LookupWaiters({ wake: (ids) => woken.push(...ids), most })
  const enterAll = (app: string, count: number): Disposable[] =>
    Array.from({ length: count }, (_, n) => waiters.enter(app, `${app}-${n}`)).filter((one) => one !== undefined)
  return { waiters, woken, enterAll }
}

const leave = (waiting: Disposable | undefined): void => waiting?.[Symbol.dispose]()

test("messages that come when all places are taken are called when half of them are free, as many as there is room for", () => {
  const { waiters, woken, enterAll } = waitersFor(20)
  const inside = enterAll("a", 20)
  assert.equal(inside.length, 20)
  for (let n = 0; n < 31; n++) {
    assert.equal(waiters.enter("a", `late-${n}`), undefined)
    waiters.turnedAway("a", `late-${n}`)
  }
  for (let n = 0; n < 9; n++) leave(inside.pop())
  assert.deepEqual(woken, [])
  leave(inside.pop())
  const firstTen = Array.from({ length: 10 }, (_, n) => `late-${n}`)
  assert.deepEqual(woken, firstTen)
  leave(inside.pop())
  assert.equal(woken.length, 10, "those who were called have not come yet")
  for (const id of firstTen) leave(waiters.enter("a", id))
  assert.equal(woken.length, 20)
  for (const id of woken.slice(10)) leave(waiters.enter("a", id))
  for (const id of woken.slice(20)) leave(waiters.enter("a", id))
  assert.equal(woken.length, 31)
})

// proves 29.E9: urgent look-ups
test("what is urgent has places of its own, however much of the same app waits that is not", () => {
  const { waiters, enterAll } = waitersFor(20)
  enterAll("a", 20)
  assert.equal(waiters.enter("a", "bulk", "bulk"), undefined)
  for (let n = 0; n < 256; n++) assert.notEqual(waiters.enter("a", `high-${n}`, "high"), undefined)
  assert.equal(waiters.enter("a", "one more", "high"), undefined)
})

test("an app with few that wait has places, however many of others wait", () => {
  const { waiters, enterAll } = waitersFor(20)
  enterAll("a", 20)
  assert.equal(enterAll("b", 20).length, 8)
  assert.equal(waiters.enter("b", "one more"), undefined)
})

test("an app that was turned away is called when its own are done, although others are not", () => {
  const { waiters, woken, enterAll } = waitersFor(20)
  enterAll("a", 20)
  const inside = enterAll("b", 8)
  for (const id of ["late-1", "late-2"]) waiters.turnedAway("b", id)
  for (let n = 0; n < 3; n++) leave(inside.pop())
  assert.deepEqual(woken, [])
  leave(inside.pop())
  assert.deepEqual(woken, ["late-1", "late-2"])
})

test("apps take turns when they are called", () => {
  const { waiters, woken, enterAll } = waitersFor(16)
  const inside = enterAll("a", 16)
  for (let n = 0; n < 20; n++) waiters.turnedAway("a", `a-late-${n}`)
  waiters.turnedAway("b", "b-late")
  for (const one of inside) leave(one)
  assert.ok(woken.includes("b-late"))
  assert.ok(woken.indexOf("b-late") < 20)
})

test("a waiting app that was called and does not come does not block the others", () => {
  const { waiters, woken, enterAll } = waitersFor(16)
  const inside = enterAll("a", 16)
  for (let n = 0; n < 24; n++) waiters.turnedAway("a", `late-${n}`)
  for (const one of inside) leave(one)
  assert.equal(woken.length, 16)
  leave(waiters.enter("a", "another"))
  assert.equal(woken.length, 24)
})

test("an app turned away while there is room again is called at once, and none is called in vain", () => {
  const batches: (readonly string[])[] = []
  const waiters = new LookupWaiters({ wake: (ids) => batches.push(ids), most: 20 })
  for (const id of ["one", "other"]) waiters.turnedAway("a", id)
  assert.deepEqual(batches, [["one"], ["other"]])
  for (const id of ["one", "other", "third"]) leave(waiters.enter("a", id))
  assert.deepEqual(batches, [["one"], ["other"]])
})

test("an app's places are free again when those who had them have left, one for each", () => {
  const { enterAll } = waitersFor(20)
  enterAll("a", 20)
  const inside = enterAll("b", 8)
  leave(inside.pop())
  assert.equal(enterAll("b", 9).length, 1)
  for (const one of inside) leave(one)
  const again = enterAll("b", 9)
  assert.equal(again.length, 7)
  const alone = enterAll("c", 1)
  for (const one of alone) leave(one)
  assert.equal(enterAll("c", 9).length, 8)
})

test("an app with few that wait is called four at a time, and not again before those have come", () => {
  const { waiters, woken, enterAll } = waitersFor(20)
  enterAll("a", 20)
  const inside = enterAll("b", 8)
  for (let n = 1; n <= 6; n++) waiters.turnedAway("b", `late-${n}`)
  for (let n = 0; n < 5; n++) leave(inside.pop())
  assert.deepEqual(woken, ["late-1", "late-2", "late-3", "late-4"])
  for (let n = 1; n <= 3; n++) inside.push(waiters.enter("b", `late-${n}`) ?? assert.fail())
  for (let n = 0; n < 3; n++) leave(inside.pop())
  assert.equal(woken.length, 4, "one of them has not come yet")
  leave(waiters.enter("b", "late-4"))
  assert.deepEqual(woken.slice(4), ["late-5", "late-6"])
})

test("an app that was never turned away is not called", () => {
  const { woken, enterAll } = waitersFor(20)
  enterAll("a", 20)
  for (const one of enterAll("b", 8)) leave(one)
  assert.deepEqual(woken, [])
})

test("1,024 wait at a time, and 100,000 of an app are remembered beyond them", () => {
  const usual = new LookupWaiters({ wake: () => undefined })
  const inside = Array.from({ length: 1025 }, (_, n) => usual.enter("a", `${n}`))
  assert.deepEqual([inside[1023] === undefined, inside[1024]], [false, undefined])
  const called: string[] = []
  const most = 400_000
  const waiters = new LookupWaiters({ wake: (ids) => void (called.length += ids.length), most })
  const first = waiters.enter("a", "first")
  for (let n = 0; n < most / 2; n++) waiters.enter("a", `${n}`)
  for (let n = 0; n <= 100_000; n++) waiters.turnedAway("a", `late-${n}`)
  assert.equal(called.length, 0)
  leave(first)
  assert.equal(called.length, 100_000)
})
