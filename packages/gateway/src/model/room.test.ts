import assert from "node:assert/strict"
import { test } from "node:test"
import { roomAt, roomRules } from "./room.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** The times of the calls, given in milliseconds before now. */
const ago = (...ms: readonly number[]): readonly number[] => ms.map((each) => NOW - each)
const two = [{ limit: 2, windowMs: MINUTE }] as const
const three = [{ limit: 3, windowMs: MINUTE }] as const

test("a limit that is switched off is no rule", () => {
  assert.deepEqual(roomRules({ memberPerMinute: 30, memberPerHour: 1000 }), [
    { limit: 30, windowMs: MINUTE },
    { limit: 1000, windowMs: HOUR },
  ])
  assert.deepEqual(roomRules({ memberPerMinute: null, memberPerHour: 0 }), [{ limit: 0, windowMs: HOUR }])
  assert.deepEqual(roomRules({ memberPerMinute: null, memberPerHour: null }), [])
  assert.equal(roomAt([], ago(1, 2, 3), 99, NOW), undefined)
})

test("as many as the limit may go at once, and the next when the oldest has left the window", () => {
  assert.equal(roomAt(two, [], 0, NOW), undefined)
  assert.equal(roomAt(two, ago(10), 0, NOW), undefined)
  assert.equal(roomAt(two, ago(10, 30), 0, NOW), NOW - 30 + MINUTE + 1)
  assert.equal(roomAt(two, ago(30, 10), 0, NOW), NOW - 30 + MINUTE + 1)
  assert.equal(roomAt(two, ago(10, 20, 30), 0, NOW), NOW - 20 + MINUTE + 1)
})

test("a call counts until its window has passed, and no longer", () => {
  assert.equal(roomAt(two, ago(10, MINUTE - 1), 0, NOW), NOW + 2)
  assert.equal(roomAt(two, ago(10, MINUTE), 0, NOW), undefined)
})

test("a call that will reach the member later counts as of now", () => {
  assert.equal(roomAt(two, [NOW + HOUR, NOW + 1], 0, NOW), NOW + MINUTE + 1)
})

test("messages ahead take the room that becomes free first", () => {
  assert.equal(roomAt(two, [], 1, NOW), undefined)
  assert.equal(roomAt(two, ago(10), 1, NOW), NOW - 10 + MINUTE + 1)
  assert.equal(roomAt(two, ago(10, 30), 1, NOW), NOW - 10 + MINUTE + 1)
})

test("a recipient of a later round waits for those of the rounds before", () => {
  assert.equal(roomAt(two, ago(10, 30), 2, NOW), NOW - 30 + 2 * MINUTE + 1)
  assert.equal(roomAt(two, ago(10, 30), 5, NOW), NOW - 10 + 3 * MINUTE + 1)
  assert.equal(roomAt(two, [], 2, NOW), NOW + MINUTE + 1)
  assert.equal(roomAt(three, ago(10), 4, NOW), NOW - 10 + MINUTE + 1)
})

test("of two rules the one applies that lets it go later", () => {
  const rules = roomRules({ memberPerMinute: 1, memberPerHour: 2 })
  for (const each of [rules, rules.toReversed()]) {
    assert.equal(roomAt(each, ago(10), 0, NOW), NOW - 10 + MINUTE + 1)
    assert.equal(roomAt(each, ago(10, 20), 0, NOW), NOW - 20 + HOUR + 1)
  }
})

test("where nothing may go the next try is after a window", () => {
  assert.equal(roomAt([{ limit: 0, windowMs: MINUTE }], [], 0, NOW), NOW + MINUTE)
})
