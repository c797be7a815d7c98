import assert from "node:assert/strict"
import { test } from "node:test"
import { within } from "./within.ts"

test("what comes in time is handed on, and what does not ends with what it waits for", async () => {
  assert.equal(await within(Promise.resolve(7), 1000, () => "nothing"), 7)
  await assert.rejects(
    within(Promise.reject(new Error("broken")), 1000, () => "nothing"),
    /broken/,
  )
  const never = new Promise<never>(() => undefined)
  await assert.rejects(
    within(never, 20, () => "node 2 is asked to stop"),
    /after 0.02 s it still waits: node 2 is asked to stop/,
  )
})
