import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeOrder } from "./order.ts"
import { RunByHand, summary } from "./testing.ts"

const verdict = (run: RunByHand): string => summary(judgeOrder, run)

/** Two posts, `t1` before `t2`, in these lanes. */
function two(first: string | null, second: string | null): RunByHand {
  return new RunByHand()
    .post(0, { post: 1, lane: first })
    .accepted(1, { post: 1 })
    .tell()
    .post(2, { post: 2, lane: second })
    .accepted(3, { post: 2 })
    .tell({}, "msg_2")
}

test("messages of one lane are shown in the order in which they were posted", () => {
  assert.equal(verdict(two("a", "a").send(100).send(200, { topic: "t2" })), "")
  assert.equal(verdict(two("a", "a").send(100, { topic: "t2" }).send(200)), "disordered 1")
})

test("a message waits for the last copy of the one before it", () => {
  const parts = two("a", "a")
    .send(100)
    .send(300, { shown: ["m000002"], sha256: "second call" })
  assert.equal(verdict(parts.send(200, { topic: "t2" })), "disordered 1")
})

test("other lanes, and none, are free", () => {
  assert.equal(verdict(two("a", "b").send(100, { topic: "t2" }).send(200)), "")
  assert.equal(verdict(two(null, null).send(100, { topic: "t2" }).send(200)), "")
})

test("who is in doubt holds a lane for a minute and no longer", () => {
  const inDoubtFrom = (at: number): RunByHand => two("a", "a").inDoubtFrom(at)
  assert.equal(verdict(inDoubtFrom(100).send(90_000, { topic: "t2" }).send(120_000)), "")
  assert.equal(verdict(inDoubtFrom(100).send(9000, { topic: "t2" }).send(12_000)), "disordered 1")
  const stillInDoubt = two("a", "a").tell({ state: "in_doubt", reason: "no_check" })
  assert.equal(verdict(stillInDoubt.send(100, { topic: "t2" }).send(200)), "")
})

test("who waits with a certain outcome holds a lane as long as it takes", () => {
  const refused = two("a", "a").send(100, { shown: [], errcode: -1 })
  assert.equal(verdict(refused.send(90_000, { topic: "t2" }).send(120_000)), "disordered 1")
})
