import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeFollowers } from "./followers.ts"

const told = (lasting: readonly number[], heard: readonly (readonly (readonly number[])[])[]): string =>
  judgeFollowers([3, 4, 9], heard, lasting)
    .map(({ kind, count }) => `${kind} ${count}`)
    .join(", ")
const verdict = (...heard: readonly (readonly number[])[]): string =>
  told(
    [],
    heard.map((ids) => [ids]),
  )

// proves 29.badday: a clock that is set back
test("each follower gets each event once and in order", () => {
  assert.equal(verdict(), "")
  assert.equal(verdict([3, 4, 9], [3, 4, 9]), "")
  assert.equal(verdict([3, 4, 9], [3, 9]), "lost 1")
  assert.equal(verdict([]), "lost 3")
  assert.equal(verdict([3, 4, 4, 9]), "duplicated 1")
  assert.equal(verdict([4, 3, 9]), "disordered 1")
  assert.equal(verdict([3, 4, 5, 9]), "unexpected 1")
})

// proves 29.badday: a clock that is set back
test("a follower that received events that are lost gets a reset, and all that there are", () => {
  const lost = [3, 4, 5, 6]
  assert.equal(told([4], [[lost, [3, 4, 9]]]), "")
  assert.equal(told([4], [[[3, 4, 9]]]), "", "it got none of the lost events")
  assert.equal(told([4], [[[...lost, 9]]]), "unexpected 2", "no reset")
  assert.equal(told([4], [[lost, [4, 9]]]), "lost 1", "not the oldest there are")
  assert.equal(
    told(
      [4],
      [
        [
          [4, 5, 6],
          [3, 4, 9],
        ],
      ],
    ),
    "lost 1",
    "missed before",
  )
  assert.equal(
    told(
      [4],
      [
        [
          [3, 3, 4, 5],
          [3, 4, 9],
        ],
      ],
    ),
    "duplicated 1",
  )
  const anew = [3, 4, 9]
  assert.equal(told([4], [[lost, anew, anew]]), "", "the first before the loss was found")
  assert.equal(told([4], [[[3, 4, 5, 10], anew]]), "", "9 is another event than the one that is lost")
  assert.equal(told([4], [[lost, anew, anew, anew]]), "unexpected 1", "a reset without a cause")
  assert.equal(told([], [[lost, anew]]), "unexpected 1", "a reset without a cause")
})
