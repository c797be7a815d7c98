import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeEndings } from "./endings.ts"
import { RunByHand, summary } from "./testing.ts"

const verdict = (run: RunByHand): string => summary(judgeEndings, run)
const ended = (state: string, reason: string | null): RunByHand => RunByHand.good().tell({ state, reason })

// proves 29.badday: a day on which much goes wrong
test("on a bad day all is sent in the end", () => {
  assert.equal(verdict(RunByHand.good()), "")
  for (const state of ["expired", "failed", "cancelled", "not_found", "in_doubt"])
    assert.equal(verdict(ended(state, "some reason")), "untruthful 1", state)
})

test("what expires though its time has not come is named as that", () => {
  assert.deepEqual(
    judgeEndings(ended("expired", null)).map(({ text }) => text),
    ["expired before its time"],
  )
})

test("a good request that is refused at every try is a fault", () => {
  const refused = { kind: "tried", post: 1, outcome: "fail", status: 422, id: null, replayed: false } as const
  assert.equal(verdict(new RunByHand().post(100).happen(110, refused)), "untruthful 1")
  assert.equal(verdict(RunByHand.good().happen(300, refused)), "")
})
