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

test("who comes when all places are taken is called when half of them are free, as many as there is room for", () => {
  const { waiters, woken, enterAll } = waitersFor(20)
  const inside = enterAll("a", 20)
  assert.equal(inside.length, 20)
  for (let n = 0; n < 30; n++) {
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

test("who was called and never comes keeps nobody from being called", () => {
  const { waiters, woken, enterAll } = waitersFor(16)
  const inside = enterAll("a", 16)
  for (let n = 0; n < 24; n++) waiters.turnedAway("a", `late-${n}`)
  for (const one of inside) leave(one)
  assert.ok(woken.length >= 16, `${woken.length} were called`)
})
