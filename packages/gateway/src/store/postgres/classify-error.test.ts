import assert from "node:assert/strict"
import { test } from "node:test"
import { classifyError, ConnectionFailed, isOfChange } from "./classify-error.ts"
import { DATABASE_TROUBLES, troubleOf } from "./database-troubles.ts"

function withCode(code: string): Error {
  return Object.assign(new Error(`with ${code}`), { code })
}

for (const [code, meaning] of Object.entries({
  EPIPE: "storage_error",
  ECONNRESET: "storage_error",
  ETIMEDOUT: "storage_error",
  ENOTFOUND: "storage_error",
  "57P01": "storage_error",
  "08006": "storage_error",
  "28P01": "storage_error",
  "53100": "storage_full",
  "53200": "storage_error",
  "53300": "storage_busy",
  "40P01": "storage_busy",
  "42501": "storage_error",
  "23505": "storage_error",
  P0001: "storage_error",
  "99999": "storage_error",
  ERR_STREAM_DESTROYED: "storage_error",
})) {
  // proves 29.P2: a database that refuses
  test(`P2: an error with the code ${code} is ${meaning}`, () => {
    assert.equal(classifyError(withCode(code)), meaning)
  })
}

test("an error of a connection that ended has no code, and is recognised; so is one of a certificate", () => {
  assert.equal(classifyError(new Error("Connection terminated unexpectedly")), "storage_error")
  const untrusted = new ConnectionFailed("self-signed certificate", { cause: withCode("DEPTH_ZERO_SELF_SIGNED_CERT") })
  assert.equal(classifyError(untrusted), "storage_error")
  assert.equal(classifyError(new TypeError("no")), undefined)
})

test("errors of a change are distinguished from errors of the database or of the connection", () => {
  for (const code of ["23505", "22021", "42601", "54000", "P0001"]) assert.equal(isOfChange(withCode(code)), true, code)
  for (const code of ["28P01", "42501", "42P01", "57014", "53300", "99999", "ECONNRESET"])
    assert.equal(isOfChange(withCode(code)), false, code)
})

test("no state is in the table of database errors twice, and each row is found by its states", () => {
  const states = DATABASE_TROUBLES.flatMap((row) => row.states)
  assert.equal(new Set(states).size, states.length)
  for (const row of DATABASE_TROUBLES) {
    for (const state of row.states) assert.equal(troubleOf(state.padEnd(5, "9")), row)
  }
})
