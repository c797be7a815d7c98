import assert from "node:assert/strict"
import { test } from "node:test"
import { RecipientUpdates } from "./recipient-updates.ts"
import type { RecipientChange } from "./recipient-updates.ts"

test("recipients of one chunk with the same result are one update, also with others between them", () => {
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

const sent: RecipientChange = { state: "sent", userid: "a", call: 1 }
for (const [what, position, change] of [
  ["chunk", 1001, sent],
  ["state", 1, { ...sent, state: "invalid" }],
  ["call", 1, { ...sent, call: 2 }],
  ["call, which one has not", 1, { state: "sent", userid: "a" }],
  ["detail", 1, { ...sent, detail: { reason: "no_licence" } }],
  ["userid, which one leaves as it is", 1, { state: "sent", call: 1 }],
] as const satisfies readonly (readonly [string, number, RecipientChange])[]) {
  test(`those who differ in their ${what} are two updates, in either order`, () => {
    const all = [
      [0, sent],
      [position, change],
    ] as const
    for (const order of [all, all.toReversed()]) {
      const updates = new RecipientUpdates()
      assert.equal(updates.isEmpty, true)
      for (const [position, change] of [...order, ...order]) updates.add(position, change)
      assert.equal(updates.isEmpty, false)
      assert.deepEqual(
        updates.list(),
        order.map(([position, { userid, ...change }]) => ({
          chunk: Math.floor(position / 1000),
          slots: [position % 1000, position % 1000],
          from: ["pending"],
          ...change,
          ...(userid !== undefined && { userids: [userid, userid] }),
        })),
      )
    }
  })
}

test("details that say the same are one, and those that do not are two", () => {
  const updates = new RecipientUpdates()
  for (const [position, reason] of ["no_licence", "refused_alone", "no_licence"].entries()) {
    updates.add(position, { state: "invalid", detail: { reason } })
  }
  assert.deepEqual(
    updates.list().map(({ slots, detail }) => [slots, detail]),
    [
      [[0, 2], { reason: "no_licence" }],
      [[1], { reason: "refused_alone" }],
    ],
  )
})

test("of three kinds each is found again, those of the first too", () => {
  const updates = new RecipientUpdates()
  for (let round = 0; round < 2; round++) {
    for (const [index, state] of (["sent", "invalid", "failed"] as const).entries()) {
      updates.add(round * 3 + index, { state, detail: { reason: "why" } })
    }
  }
  assert.deepEqual(
    updates.list().map(({ state, slots }) => [state, slots]),
    [
      ["sent", [0, 3]],
      ["invalid", [1, 4]],
      ["failed", [2, 5]],
    ],
  )
})
