import assert from "node:assert/strict"
import { test } from "node:test"
import { RecipientUpdates } from "./recipient-updates.ts"

test("recipients of one chunk with the same result are one update, also with others between them", () => {
  const updates = new RecipientUpdates()
  updates.add(1000, { state: "sent", call: 1 }, "a")
  updates.add(1001, { state: "sent", call: 1 }, "b")
  updates.add(1002, { state: "invalid", call: 1, detail: { reason: "outside_visible_range" } }, "c")
  updates.add(1003, { state: "sent", call: 1 }, "d")
  updates.add(1004, { state: "invalid", call: 1, detail: { reason: "outside_visible_range" } }, "e")
  updates.add(2000, { state: "sent", call: 1 }, "f")
  updates.add(2001, { state: "sent", call: 1 })
  updates.add(2002, { state: "sent", call: 1 }, null)
  updates.add(2003, { state: "sent", call: 2 }, "g")
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

type Added = Parameters<RecipientUpdates["add"]>

const sent = { state: "sent", call: 1 } as const
for (const [what, ...other] of [
  ["chunk", 1001, sent, "a"],
  ["state", 1, { ...sent, state: "invalid" }, "a"],
  ["call", 1, { ...sent, call: 2 }, "a"],
  ["call, which one has not", 1, { state: "sent" }, "a"],
  ["detail", 1, { ...sent, detail: { reason: "no_licence" } }, "a"],
  ["userid, which one leaves as it is", 1, sent],
] as const satisfies readonly (readonly [string, ...Added])[]) {
  test(`those who differ in their ${what} are two updates, in either order`, () => {
    const all: readonly Added[] = [[0, sent, "a"], other]
    for (const order of [all, all.toReversed()]) {
      const updates = new RecipientUpdates()
      assert.equal(updates.isEmpty, true)
      for (const added of [...order, ...order]) updates.add(...added)
      assert.equal(updates.isEmpty, false)
      assert.deepEqual(
        updates.list(),
        order.map(([position, shared, userid]) => ({
          chunk: Math.floor(position / 1000),
          slots: [position % 1000, position % 1000],
          from: ["pending"],
          ...shared,
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
