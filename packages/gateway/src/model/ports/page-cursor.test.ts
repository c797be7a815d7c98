import assert from "node:assert/strict"
import { test } from "node:test"
import { fromCursor, toCursor, toPage } from "./page-cursor.ts"

test("a cursor is read back as its numbers", () => {
  for (const pair of [
    [0, -1],
    [1_764_043_200_000, Number.MAX_SAFE_INTEGER],
  ] as const) {
    assert.deepEqual(fromCursor(toCursor(pair[0], pair[1])), pair)
  }
})

test("any other text is no cursor", () => {
  for (const text of [
    "",
    "x",
    "1.2",
    Buffer.from("1.2.3").toString("base64url"),
    Buffer.from("9999999999999999.1").toString("base64url"),
  ]) {
    assert.equal(fromCursor(text), undefined)
  }
})

test("a page ends with a cursor when there is more, and only then", () => {
  const cursorOf = String
  assert.deepEqual(toPage([1, 2, 3], 2, cursorOf), { items: [1, 2], nextCursor: "2" })
  assert.deepEqual(toPage([1, 2], 2, cursorOf), { items: [1, 2], nextCursor: undefined })
  assert.deepEqual(toPage([], 2, cursorOf), { items: [], nextCursor: undefined })
})
