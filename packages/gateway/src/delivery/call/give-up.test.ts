import assert from "node:assert/strict"
import { test } from "node:test"
import { giveUp } from "./give-up.ts"
import { aTarget, OneMessage } from "../testing/one-message.ts"

const TARGETS = [aTarget("a", 0), aTarget("b", 1, 2)]

test("all recipients of a call that WeCom refuses fail by its code, and are counted", async () => {
  const one = new OneMessage({ to: ["1", "2", "3", "4"] })
  await giveUp(one.run, TARGETS, 0, 45002)
  const detail = { reason: "call_refused", errcode: 45002 }
  const update = { chunk: 0, slots: [0, 1, 2], from: ["pending"], state: "failed", detail }
  assert.deepEqual(
    one.outbox.updates.map(({ updates }) => updates),
    [[update]],
  )
  assert.deepEqual(one.finished, [["alerts", "failed", 3]])
})

test("of a later part the reason says which, and no code is shown where there is none", async () => {
  const one = new OneMessage({ to: ["1", "2", "3"], parts: ["{}", "{}", "{}"] })
  await giveUp(one.run, TARGETS, 1, undefined)
  assert.deepEqual(one.outbox.updates[0]?.updates[0]?.detail, { reason: "part_2_of_3_call_refused" })
})
