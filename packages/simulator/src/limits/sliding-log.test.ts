import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { SlidingLog } from "./sliding-log.ts"

test("a window is full when it holds as many as the limit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { maxLength: 300 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (gaps, windowMs, limit) => {
        const log = new SlidingLog()
        const times: number[] = []
        let nowMs = 0
        for (const gap of gaps) {
          nowMs += gap
          const within = times.filter((time) => time > nowMs - windowMs).length
          assert.equal(log.isFull(limit, windowMs, nowMs), within >= limit)
          assert.equal(log.countWithin(windowMs, nowMs), within)
          log.add(nowMs)
          times.push(nowMs)
        }
      },
    ),
  )
})

test("a limit of 0 is always full", () => {
  assert.equal(new SlidingLog().isFull(0, 1000, 0), true)
})
