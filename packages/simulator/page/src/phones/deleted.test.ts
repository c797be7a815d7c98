import assert from "node:assert/strict"
import { test } from "node:test"
import { deletedReducer, isDeleted, readDeleted, type Deleted } from "./deleted.ts"

const RUN = { run: "r1", userid: "zhangsan" }
const nothing = readDeleted()
const gone = (deleted: Deleted, userid: string, turn: number, conversation = 1): boolean =>
  isDeleted(deleted, "r1", userid, { turn, conversation })

test("a message is deleted on one phone, and not on another that got it too", () => {
  const deleted = deletedReducer(nothing, { kind: "some", ...RUN, turns: [5] })
  assert.deepEqual(
    [gone(deleted, "zhangsan", 5), gone(deleted, "zhangsan", 4), gone(deleted, "lisi", 5)],
    [true, false, false],
  )
})

test("what is cleared is all of the phone up to then, or of one app; what comes later is shown", () => {
  const all = deletedReducer(nothing, { kind: "all", ...RUN, conversation: null, turn: 5 })
  assert.deepEqual(
    [gone(all, "zhangsan", 5, 1), gone(all, "zhangsan", 3, 2), gone(all, "zhangsan", 6)],
    [true, true, false],
  )
  const ofApp = deletedReducer(nothing, { kind: "all", ...RUN, conversation: 2, turn: 5 })
  assert.deepEqual([gone(ofApp, "zhangsan", 5, 1), gone(ofApp, "zhangsan", 3, 2)], [false, true])
})

test("shown again is what was deleted of one phone, and of no other", () => {
  const both = deletedReducer(
    deletedReducer(deletedReducer(nothing, { kind: "some", ...RUN, turns: [5] }), {
      kind: "all",
      ...RUN,
      conversation: 2,
      turn: 4,
    }),
    { kind: "some", run: "r1", userid: "zhangsan2", turns: [5] },
  )
  const again = deletedReducer(both, { kind: "shown again", ...RUN })
  assert.deepEqual(
    [gone(again, "zhangsan", 5), gone(again, "zhangsan", 4, 2), gone(again, "zhangsan2", 5)],
    [false, false, true],
  )
})

test("after a reset of the simulator, or another start, nothing of before counts", () => {
  const deleted = deletedReducer(nothing, { kind: "some", ...RUN, turns: [5] })
  assert.equal(isDeleted(deleted, "r2", "zhangsan", { turn: 5, conversation: 1 }), false)
  const next = deletedReducer(deleted, { kind: "some", run: "r2", userid: "zhangsan", turns: [6] })
  assert.deepEqual(next.turns, { zhangsan: [6] })
})
