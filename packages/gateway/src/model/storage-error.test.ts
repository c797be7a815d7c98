import assert from "node:assert/strict"
import { test } from "node:test"
import { codeOf, StorageError } from "./storage-error.ts"

for (const [code, seconds, says] of [
  ["storage_full", 30, /full.*nothing was stored/],
  ["storage_error", 5, /unknown/],
  ["storage_busy", 1, /nothing was stored/],
  ["storage_closed", 1, /nothing was stored/],
  ["files_unavailable", 5, /files.*nothing was stored/],
] as const) {
  test(`${code} is tried again after ${seconds} s, and says whether the change was stored`, () => {
    const cause = new Error("why")
    const error = new StorageError(code, { cause })
    assert.deepEqual([error.code, error.retryAfterSeconds, error.cause], [code, seconds, cause])
    assert.match(error.message, says)
    assert.equal(Object.hasOwn(new StorageError(code), "cause"), false)
  })
}

test("a log names an error by its code, or by its class", () => {
  assert.deepEqual(
    [new StorageError("storage_busy"), new TypeError("why"), "why"].map((error) => codeOf(error)),
    ["storage_busy", "TypeError", "unknown"],
  )
})
