import assert from "node:assert/strict"
import { test } from "node:test"
import { handOut } from "./hand-out.ts"

test("an open app gets all its due messages handed out", () => {
  assert.deepEqual(handOut({ kind: "open" }, 1000, false), { kind: "all" })
})

test("an app that cannot be used gets none, and is looked at again after a minute", () => {
  assert.deepEqual(handOut({ kind: "unusable" }, 1000, false), { kind: "none", untilMs: 61_000 })
})

// proves 29.E1: when an app closes and opens
test("a closed app gets none before its time, and then one message, unless one is trying already", () => {
  const closed = { kind: "closed", probeAtMs: 5000 } as const
  assert.deepEqual(handOut(closed, 4999, false), { kind: "none", untilMs: 5000 })
  assert.deepEqual(handOut(closed, 5000, false), { kind: "one", untilMs: 35_000 })
  assert.deepEqual(handOut(closed, 5000, true), { kind: "none", untilMs: 35_000 })
})
