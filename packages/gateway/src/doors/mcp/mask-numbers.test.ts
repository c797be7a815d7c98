import assert from "node:assert/strict"
import { test } from "node:test"
import { maskNumber, maskNumbersIn } from "./mask-numbers.ts"

test("a number keeps its beginning and its end", () => {
  for (const [number, masked] of [
    ["13800000001", "138****0001"],
    ["+8613800000001", "+86****0001"],
    ["138001", "138****01"],
  ] as const) {
    assert.equal(maskNumber(number), masked)
  }
})

// proves 30.mcp-mask: masked numbers
test("30.mcp-mask: numbers in a text are masked, and ids, times and figures stay", () => {
  for (const [text, masked] of [
    ["Call 13800000001, or +86 138 0000 0002.", "Call 138****0001, or +86****0002."],
    ["电话13800000001。", "电话138****0001。"],
    ["[13800000001]", "[138****0001]"],
  ] as const) {
    assert.equal(maskNumbersIn(text), masked)
  }
  for (const text of [
    "msg_01a23036-ada3-7976-a8e8-13800000001f",
    "2026-12-01T06:08:46.558Z",
    "hint: [1735689700_13_abc]",
    "1048576 bytes",
    "u13800000001",
  ]) {
    assert.equal(maskNumbersIn(text), text)
  }
})
