import assert from "node:assert/strict"
import { test } from "node:test"
import { classifyError } from "./classify-error.ts"

function withCode(code: string): Error {
  return Object.assign(new Error(`with ${code}`), { code })
}

for (const [code, meaning] of Object.entries({
  EPIPE: "storage_error",
  ECONNRESET: "storage_error",
  ETIMEDOUT: "storage_error",
  "57P01": "storage_error",
  "08006": "storage_error",
  "53100": "storage_full",
  "53300": "storage_busy",
  "40P01": "storage_busy",
  "23505": undefined,
  P0001: undefined,
  ERR_STREAM_DESTROYED: "storage_error",
})) {
  test(`an error with the code ${code} is ${meaning ?? "a mistake of ours"}`, () => {
    assert.equal(classifyError(withCode(code)), meaning)
  })
}

test("an error of a connection that ended has no code, and is known", () => {
  assert.equal(classifyError(new Error("Connection terminated unexpectedly")), "storage_error")
  assert.equal(classifyError(new TypeError("no")), undefined)
})
