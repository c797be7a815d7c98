import assert from "node:assert/strict"
import { test } from "node:test"
import { BodyBudget } from "./body-budget.ts"

const aBudget = (): BodyBudget => new BodyBudget({ totalBytes: 100, largeBytes: 70, smallBytes: 10 })

test("what is reserved is given back once, and not before the last who works with the body has let go", () => {
  const budget = aBudget()
  const reservation = budget.open()
  assert.ok(reservation.resize(40) && reservation.grow(5))
  {
    using _work = reservation.share()
    reservation[Symbol.dispose]()
    assert.equal(budget.held, 45)
  }
  assert.equal(budget.held, 0)
  assert.equal(reservation.grow(1), false, "nothing is reserved for a body that is gone")
  assert.equal(budget.held, 0)
})

test("large bodies leave room for small ones", () => {
  const budget = aBudget()
  assert.ok(budget.open().resize(65))
  const large = budget.open()
  assert.equal(large.resize(11), false)
  assert.ok(large.resize(10), "it is small")
  assert.equal(large.grow(1), false)
  const small = Array.from({ length: 3 }, () => budget.open().resize(10))
  assert.deepEqual(small, [true, true, false])
  assert.equal(budget.held, 95)
})

test("a body may always become smaller, and what is refused changes nothing", () => {
  const budget = aBudget()
  const one = budget.open()
  assert.ok(one.resize(70))
  assert.equal(one.grow(1), false)
  assert.ok(budget.open().resize(10) && budget.open().resize(10) && budget.open().resize(10))
  assert.ok(one.resize(60), "though more is held than large ones may have")
  assert.equal(budget.held, 90)
})
