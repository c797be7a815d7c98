import assert from "node:assert/strict"
import { test } from "node:test"
import { WindowFloors } from "./window-floors.ts"
import type { Seen } from "./window-floors.ts"

const group = { app: "alerts", priority: "normal" } as const

/** A statement at that second, without a simultaneous write. */
function at(second: number, changes: Partial<Seen> = {}): Seen {
  return { now: second * 1000, xmin: second, xmax: second + 1, ...changes }
}

test("a window is read from the first message found, or from the earliest that can still be written", () => {
  const floors = new WindowFloors()
  assert.equal(floors.begin(group).from.dueAt, 0)
  floors.note(floors.begin(group), undefined, at(100))
  floors.note(floors.begin(group), undefined, at(110))
  assert.equal(floors.begin(group).from.dueAt, 98_000, "two seconds before all began to write that were under way")
  floors.note(floors.begin(group), { dueAt: 105_000, seq: 7 }, at(120))
  assert.deepEqual(floors.begin(group).from, { dueAt: 105_000, seq: 7 })
  floors.note(floors.begin(group), { dueAt: 105_000, seq: 9 }, at(130))
  assert.equal(floors.begin(group).from.seq, 9, "of those that are due at one time those that are done are passed")
  assert.equal(floors.begin({ ...group, priority: "high" }).from.dueAt, 0)
})

test("during a long write, a window is read from before its beginning", () => {
  const floors = new WindowFloors()
  floors.note(floors.begin(group), undefined, at(100))
  for (let second = 110; second < 500; second++) floors.note(floors.begin(group), undefined, at(second, { xmin: 108 }))
  assert.equal(floors.begin(group).from.dueAt, 98_000)
  floors.note(floors.begin(group), undefined, at(500))
  assert.ok(floors.begin(group).from.dueAt > 400_000)
})

test("a result from a floor that was forgotten meanwhile does not count", () => {
  const floors = new WindowFloors()
  floors.note(floors.begin(group), undefined, at(100))
  floors.note(floors.begin(group), undefined, at(110))
  const look = floors.begin(group)
  floors.forget([group])
  floors.note(look, undefined, at(120))
  assert.equal(floors.begin(group).from.dueAt, 0)
  floors.note(floors.begin(group), { dueAt: 90_000, seq: 1 }, at(130))
  floors.note(look, undefined, at(140))
  assert.equal(floors.begin(group).from.dueAt, 90_000)
})

// proves 29.P3: a snapshot held open
test("when the database's clock was set back, or the database is an earlier one, every window is read from its beginning", () => {
  for (const earlier of [at(111, { now: 50_000 }), at(112, { xmin: 20, xmax: 21 })]) {
    const floors = new WindowFloors()
    floors.note(floors.begin(group), undefined, at(100))
    floors.note(floors.begin(group), undefined, at(110))
    assert.notEqual(floors.begin(group).from.dueAt, 0)
    floors.note(floors.begin(group), undefined, earlier)
    assert.equal(floors.begin(group).from.dueAt, 0)
  }
})
