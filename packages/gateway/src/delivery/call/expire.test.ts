import assert from "node:assert/strict"
import { test } from "node:test"
import { NOON } from "../../store/testing/build.ts"
import { expire } from "./expire.ts"
import { aFrozenCall, OneMessage } from "../testing/one-message.ts"

test("what has not gone out never will: calls that wait are closed, and all who are pending are counted", async () => {
  const one = new OneMessage({ to: ["1", "2"] })
  one.outbox.open.set("msg_1", [aFrozenCall(), aFrozenCall({ number: 2 })])
  await expire(one.run)
  assert.deepEqual(one.outbox.updates, [
    {
      messageId: "msg_1",
      at: NOON,
      updates: [{ chunk: 0, slots: "all", from: ["pending"], state: "expired" }],
      closeCalls: [1, 2],
    },
  ])
  assert.deepEqual(one.finished, [["alerts", "expired", 2]])
})
