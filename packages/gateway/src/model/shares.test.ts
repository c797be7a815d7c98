import assert from "node:assert/strict"
import { test } from "node:test"
import { exhausted, Tally } from "./shares.ts"
import type { Exhausted, Holder } from "./shares.ts"

const STOCK = { limit: 100, sharePercent: 20 }

function tallyOf(...taken: readonly (readonly [Holder, number])[]): Tally {
  const tally = new Tally()
  for (const [holder, amount] of taken) tally.add(holder, amount)
  return tally
}

const who = (found: Exhausted | undefined): string | undefined => found?.of

// proves 28.D4: what binds, and when
test("one holder may have half of it, and no more; others then get their share", () => {
  const greedy = { key: "key_1", app: "alerts" }
  const tally = new Tally()
  let taken = 0
  for (; exhausted(STOCK, tally, greedy) === undefined; taken++) tally.add(greedy, 1)
  assert.equal(taken, 50)
  assert.deepEqual(exhausted(STOCK, tally, greedy), { of: "key", name: "key_1", taken: 50, limit: 20 })
  const other = { key: "key_2", app: "hr" }
  for (taken = 0; exhausted(STOCK, tally, other) === undefined; taken++) tally.add(other, 1)
  assert.equal(taken, 20)
})

// proves 28.D4: what binds, and when
test("another key of the same app gets nothing of what that app has taken too much of", () => {
  const tally = tallyOf([{ key: "key_1", app: "alerts" }, 50])
  assert.deepEqual(exhausted(STOCK, tally, { key: "key_2", app: "alerts" }), {
    of: "app",
    name: "alerts",
    taken: 50,
    limit: 20,
  })
  assert.equal(exhausted(STOCK, tally, { key: "key_2", app: "hr" }), undefined)
  assert.equal(exhausted(STOCK, tally, { key: "key_2" }), undefined, "of no certain app it is the key's alone")
})

test("all holders together reach at most the limit, whatever the shares", () => {
  const tally = tallyOf([{ key: "key_1" }, 99])
  assert.equal(exhausted(STOCK, tally, { key: "key_2" }), undefined)
  assert.equal(who(exhausted(STOCK, tally, { key: "key_2" }, 2)), "all")
})

test("a share of 100 % applies to no one before the limit", () => {
  const tally = tallyOf([{ key: "key_1", app: "alerts" }, 99])
  assert.equal(exhausted({ limit: 100, sharePercent: 100 }, tally, { key: "key_1", app: "alerts" }), undefined)
})

test("of the smallest stocks every holder may have one", () => {
  for (const limit of [1, 2, 3]) {
    assert.equal(exhausted({ limit, sharePercent: 1 }, new Tally(), { key: "key_1" }), undefined, `${limit}`)
  }
})

test("others can take what is given back", () => {
  const tally = tallyOf([{ key: "key_1", app: "alerts" }, 50], [{ key: "key_1", app: "alerts" }, -50])
  assert.equal(tally.taken, 0)
  assert.equal(exhausted(STOCK, tally, { key: "key_2", app: "alerts" }, 50), undefined)
})
