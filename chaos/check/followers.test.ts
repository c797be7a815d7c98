import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeFollowers } from "./followers.ts"

const verdict = (...heard: readonly (readonly number[])[]): string =>
  judgeFollowers([3, 4, 9], heard)
    .map(({ kind, count }) => `${kind} ${count}`)
    .join(", ")

test("each follower gets each event once and in order", () => {
  assert.equal(verdict(), "")
  assert.equal(verdict([3, 4, 9], [3, 4, 9]), "")
  assert.equal(verdict([3, 4, 9], [3, 9]), "lost 1")
  assert.equal(verdict([]), "lost 3")
  assert.equal(verdict([3, 4, 4, 9]), "duplicated 1")
  assert.equal(verdict([4, 3, 9]), "disordered 1")
})
