import assert from "node:assert/strict"
import { once } from "node:events"
import { test } from "node:test"
import { AttemptLimit } from "./attempt-limit.ts"

test("what is allowed last counts: less time ends a try sooner, more time later than was allowed before", async () => {
  const startedAt = performance.now()
  const limit = new AttemptLimit(undefined)
  limit.allow(60_000)
  limit.allow(10)
  limit.allow(40)
  await once(limit.signal, "abort")
  assert.ok(performance.now() - startedAt >= 40)
  assert.equal(limit.signal.reason.name, "TimeoutError")
})

test("a try that is over is not ended any more, by its time or its caller, and keeps no process", () => {
  const caller = new AbortController()
  const limit = new AttemptLimit(caller.signal)
  limit.allow(5)
  limit.release()
  limit.allow(0)
  caller.abort()
  assert.equal(limit.signal.aborted, false)
  assert.ok(!process.getActiveResourcesInfo().includes("Timeout"))
})

test("a caller who has given up already ends a try before it begins, with the caller's own reason", () => {
  const reason = new Error("changed my mind")
  assert.equal(new AttemptLimit(AbortSignal.abort(reason)).signal.reason, reason)
})
