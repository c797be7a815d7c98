import assert from "node:assert/strict"
import { test } from "node:test"
import { classifyError } from "./classify-error.ts"

const sqliteError = (errcode: number): Error => Object.assign(new Error("of SQLite"), { errcode })

test("S3, S4, S6: errors of SQLite are distinguished by their meaning for the change", () => {
  const expected = {
    13: "storage_full",
    778: "storage_full",
    1034: "storage_error",
    266: "storage_error",
    10: "storage_error",
    11: "storage_error",
    5: "storage_busy",
    517: "storage_busy",
    6: "storage_busy",
    19: undefined,
    2067: undefined,
    1: undefined,
  } as const
  for (const [code, meaning] of Object.entries(expected))
    assert.equal(classifyError(sqliteError(Number(code))), meaning, code)
})

test("programming errors are no disk errors", () => {
  assert.equal(classifyError(new TypeError("no")), undefined)
  assert.equal(classifyError("no error"), undefined)
})
