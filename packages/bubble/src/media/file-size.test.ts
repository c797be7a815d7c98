import assert from "node:assert/strict"
import { test } from "node:test"
import { fileSize } from "./file-size.ts"

test("sizes are reported in the unit that suits them", () => {
  assert.deepEqual([5, 1023, 1024, 1536, 1024 ** 2, 20 * 1024 ** 2].map(fileSize), [
    "5B",
    "1023B",
    "1KB",
    "1.5KB",
    "1MB",
    "20MB",
  ])
})
