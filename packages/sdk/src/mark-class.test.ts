import assert from "node:assert/strict"
import { test } from "node:test"
import type * as Sdk from "./index.ts"
import { TransportFault, WeComError } from "./index.ts"

/** The package once more, as a bundler or another version of it brings it along. */
async function copy(): Promise<typeof Sdk> {
  const fault = "./transport.ts?copy"
  const error = "./wecom-error.ts?copy"
  return { ...(await import(fault)), ...(await import(error)) }
}

// proves 28.copies: two copies of the SDK
test("28: instanceof knows errors of another copy of this package, and nothing else", async () => {
  const other = await copy()
  assert.notEqual(other.WeComError, WeComError)
  const details = { code: "unreachable", message: "m", hint: "h", language: "en" } as const
  const theirs = new other.WeComError(details)
  const fault = new other.TransportFault("reset", true, { host: "h" })
  assert.ok(theirs instanceof WeComError)
  assert.ok(new WeComError(details) instanceof other.WeComError)
  assert.ok(fault instanceof TransportFault)
  assert.ok(theirs.withResult({ ok: false, recipients: [], calls: [] }) instanceof WeComError)
  for (const no of [
    fault,
    new Error("m"),
    Object.assign({}, theirs),
    { name: "WeComError" },
    null,
    undefined,
    "WeComError",
  ]) {
    assert.equal(no instanceof WeComError, false)
  }
  assert.equal(theirs instanceof TransportFault, false)
  assert.deepEqual(
    Object.keys(theirs).filter((name) => !(name in new WeComError(details))),
    [],
  )
})

test("28: a class that extends one knows its own alone", () => {
  class Mine extends WeComError {}
  const details = { code: "unreachable", message: "m", hint: "h", language: "en" } as const
  assert.ok(new Mine(details) instanceof Mine)
  assert.ok(new Mine(details) instanceof WeComError)
  assert.equal(new WeComError(details) instanceof Mine, false)
})
