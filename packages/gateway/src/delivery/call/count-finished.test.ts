import assert from "node:assert/strict"
import { test } from "node:test"
import { countFinished } from "./count-finished.ts"
import { OneMessage } from "../testing/one-message.ts"

test("recipients in a final state are counted, and no others", () => {
  const one = new OneMessage()
  const of = { chunk: 0, from: ["pending"] } as const
  countFinished(one.run, [
    { ...of, slots: [0, 1, 2], state: "sent" },
    { ...of, slots: [3], state: "pending" },
    { ...of, slots: [4], state: "invalid" },
  ])
  assert.deepEqual(one.finished, [
    ["alerts", "sent", 3],
    ["alerts", "invalid", 1],
  ])
})

test("of a change of all slots the number is not known: the caller counts them", () => {
  const one = new OneMessage()
  countFinished(one.run, [{ chunk: 0, from: ["pending"], slots: "all", state: "expired" }])
  assert.deepEqual(one.finished, [])
})
