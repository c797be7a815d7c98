import assert from "node:assert/strict"
import { test } from "node:test"
import { RecipientUpdates } from "./recipient-updates.ts"

test("those of one chunk who fare alike are one update, whoever comes between them", () => {
  const updates = new RecipientUpdates()
  updates.add(1000, { state: "sent", userid: "a", call: 1 })
  updates.add(1001, { state: "sent", userid: "b", call: 1 })
  updates.add(1002, { state: "invalid", userid: "c", call: 1, detail: { reason: "outside_visible_range" } })
  updates.add(1003, { state: "sent", userid: "d", call: 1 })
  updates.add(1004, { state: "invalid", userid: "e", call: 1, detail: { reason: "outside_visible_range" } })
  updates.add(2000, { state: "sent", userid: "f", call: 1 })
  updates.add(2001, { state: "sent", call: 1 })
  updates.add(2002, { state: "sent", userid: null, call: 1 })
  updates.add(2003, { state: "sent", userid: "g", call: 2 })
  assert.deepEqual(updates.list(), [
    { chunk: 1, slots: [0, 1, 3], from: ["pending"], state: "sent", userids: ["a", "b", "d"], call: 1 },
    {
      chunk: 1,
      slots: [2, 4],
      from: ["pending"],
      state: "invalid",
      userids: ["c", "e"],
      call: 1,
      detail: { reason: "outside_visible_range" },
    },
    { chunk: 2, slots: [0, 2], from: ["pending"], state: "sent", userids: ["f", null], call: 1 },
    { chunk: 2, slots: [1], from: ["pending"], state: "sent", call: 1 },
    { chunk: 2, slots: [3], from: ["pending"], state: "sent", userids: ["g"], call: 2 },
  ])
})
