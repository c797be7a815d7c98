import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../tools/testing/fast-check.ts"
import { Ring } from "./ring.ts"

test("a ring gives its items back in the order they came, however many went before", () => {
  const steps = fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 })
  fc.assert(
    fc.property(steps, (steps) => {
      const ring = new Ring<number>()
      const model: number[] = []
      let next = 1
      for (const step of steps) {
        for (let n = 0; n < step; n++, next++) {
          ring.push(next)
          model.push(next)
        }
        for (let n = 0; n > step; n--) assert.equal(ring.shift(), model.shift())
        assert.equal(ring.length, model.length)
      }
      assert.deepEqual(ring.toArray(), model)
    }),
  )
})

test("it can be walked from its newest item to its oldest", () => {
  const ring = new Ring<number>()
  for (let n = 1; n <= 5; n++) ring.push(n)
  ring.shift()
  assert.deepEqual([...ring.newestFirst()], [5, 4, 3, 2])
})
