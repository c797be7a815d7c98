import assert from "node:assert/strict"
import { test } from "node:test"
import { RECIPIENT_STATES } from "@wecom-push/protocol/delivery"
import type { RecipientState } from "@wecom-push/protocol/delivery"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { applyUpdates } from "./apply-updates.ts"
import type { UpdateContext } from "./apply-updates.ts"
import type { RecipientUpdate } from "./ports/outbox.ts"
import { countStates } from "./recipients.ts"
import type { RecipientChunk } from "./recipients.ts"

const AT = 1_000

function aChunk(states: RecipientState[], changes: Partial<RecipientChunk> = {}): RecipientChunk {
  return {
    index: 0,
    types: states.map(() => "mobile"),
    addresses: states.map((_, slot) => `${slot}`),
    states,
    userids: states.map(() => null),
    calls: states.map(() => null),
    details: {},
    ...changes,
  }
}

function apply(chunk: RecipientChunk, update: Partial<RecipientUpdate>, context: Partial<UpdateContext> = {}) {
  const whole: RecipientUpdate = { chunk: chunk.index, slots: "all", from: ["pending"], state: "sent", ...update }
  return applyUpdates(countStates([chunk]), new Map([[chunk.index, chunk]]), [whole], { at: AT, ...context })
}

test("a recipient in another state than the update names is left as it is", () => {
  const chunk = aChunk(["pending", "cancelled"])
  const { changed, counts } = apply(chunk, {})
  assert.deepEqual([chunk.states, changed, counts.sent, counts.cancelled], [["sent", "cancelled"], 1, 1, 1])
})

test("a recipient held by an open call is left as it is", () => {
  const chunk = aChunk(["pending", "pending"])
  assert.equal(apply(chunk, {}, { isHeld: (_, slot) => slot === 0 }).changed, 1)
  assert.deepEqual(chunk.states, ["pending", "sent"])
})

test("an update of one call passes over recipients of others", () => {
  const chunk = aChunk(["sent", "sent", "sent"], { calls: [1, 2, null] })
  apply(chunk, { from: ["sent"], ofCall: 2, state: "recalled" })
  assert.deepEqual(chunk.states, ["sent", "recalled", "sent"])
})

test("an update of several calls passes over recipients of others, and a chunk without any stays as it is", () => {
  const chunk = aChunk(["sent", "sent", "sent"], { calls: [1, 2, null] })
  apply(chunk, { from: ["sent"], ofCall: new Set([1, 2]), state: "recalled" })
  assert.deepEqual(chunk.states, ["recalled", "recalled", "sent"])
  assert.equal(apply(chunk, { from: ["sent"], ofCall: new Set([3]), state: "recalled" }).touched.size, 0)
})

test("an update of some calls passes over recipients of other calls, and of none", () => {
  const chunk = aChunk(["sent", "sent", "sent"], { calls: [1, 2, null] })
  apply(chunk, { from: ["sent"], ofCall: new Set([2, 4]), state: "recalled" })
  assert.deepEqual(chunk.states, ["sent", "recalled", "sent"])
})

test("an update changes its whole chunk, or all slots of its list, however long", () => {
  const chunk = aChunk(["pending", "pending", "pending", "pending", "pending"])
  assert.equal(apply(chunk, { slots: [1, 1, 1, 1, 1, 1, 4] }).changed, 2)
  assert.equal(apply(chunk, {}).changed, 3)
})

test("userids are beside their slots, and null forgets them", () => {
  const chunk = aChunk(["pending", "pending", "pending"])
  apply(chunk, { slots: [2, 0], state: "pending", userids: ["c", "a"] })
  assert.deepEqual(chunk.userids, ["a", null, "c"])
  apply(chunk, { slots: [0], state: "pending", userids: null })
  assert.deepEqual(chunk.userids, [null, null, "c"])
})

test("the time of a final state is noted where no call has it, and an update without detail clears the old one", () => {
  const chunk = aChunk(["pending", "pending"], { details: { 0: { delayedUntil: 5 }, 1: { delayedUntil: 5 } } })
  apply(chunk, { slots: [0], state: "expired" })
  assert.deepEqual(chunk.details[0], { at: AT })
  apply(chunk, { slots: [1], call: 1 }, { timedByCall: true })
  assert.equal(chunk.details[1], undefined)
  apply(chunk, { slots: [0], from: ["expired"], state: "pending" })
  assert.equal(chunk.details[0], undefined)
})

test("an update of a missing chunk or slot changes nothing", () => {
  const chunk = aChunk(["pending"])
  assert.equal(apply(chunk, { chunk: 7 }).changed, 0)
  assert.equal(apply(chunk, { slots: [1, 99] }).changed, 0)
  assert.deepEqual(chunk.states, ["pending"])
})

test("after every update the counts are those of the recipients", () => {
  const states = fc.constantFrom(...RECIPIENT_STATES)
  const update = fc.record({
    chunk: fc.nat(2),
    slots: fc.oneof(fc.constant("all" as const), fc.array(fc.nat(6))),
    from: fc.uniqueArray(states),
    state: states,
  })
  fc.assert(
    fc.property(
      fc.array(fc.array(states, { maxLength: 5 }), { minLength: 2, maxLength: 2 }),
      fc.array(update),
      fc.func(fc.boolean()),
      (before, updates, isHeld) => {
        const chunks = before.map((states, index) => aChunk([...states], { index }))
        const byIndex = new Map(chunks.map((chunk) => [chunk.index, chunk]))
        const { counts, touched } = applyUpdates(countStates(chunks), byIndex, updates, { at: AT, isHeld })
        assert.deepEqual(counts, countStates(chunks))
        for (const { index, states } of chunks) if (!touched.has(index)) assert.deepEqual(states, before[index])
      },
    ),
  )
})

test("of several updates each counts, also for a recipient that two change, and what they touch is reported", () => {
  const chunks = new Map([2, 5, 6].map((index) => [index, aChunk(["pending", "pending"], { index })]))
  const base = { chunk: 5, slots: [1], from: ["pending"], state: "sent" } as const
  const { counts, touched, changed } = applyUpdates(
    countStates(chunks.values()),
    chunks,
    [
      { ...base, chunk: 9 },
      base,
      { ...base, from: ["sent"], state: "recalled" },
      { ...base, chunk: 6, from: ["failed"] },
      { ...base, chunk: 2, slots: "all" },
    ],
    { at: AT },
  )
  assert.deepEqual([counts.pending, counts.sent, counts.recalled, changed], [3, 2, 1, 4])
  assert.deepEqual([...touched], [5, 2])
  assert.deepEqual(chunks.get(5)?.states, ["pending", "recalled"])
})

test("the call that caused the change is noted, and stays where an update names none", () => {
  const chunk = aChunk(["pending", "pending"], { calls: [1, 2] })
  apply(chunk, { slots: [0], call: 7 })
  apply(chunk, { slots: [1] })
  assert.deepEqual(chunk.calls, [7, 2])
  assert.deepEqual(chunk.userids, [null, null])
})

test("an update without userids leaves them as they are", () => {
  const chunk = aChunk(["pending"], { userids: ["zhangsan"] })
  apply(chunk, {})
  assert.deepEqual(chunk.userids, ["zhangsan"])
})

test("a malformed recipient is passed over when the update says so, and only then", () => {
  const details = { 0: { reason: "malformed_mobile" }, 1: { reason: "no_licence" } }
  const invalid = { from: ["invalid"], state: "pending" } as const
  const chunk = aChunk(["invalid", "invalid", "invalid"], { details: { ...details } })
  assert.equal(apply(chunk, { ...invalid, exceptMalformed: true }).changed, 2)
  assert.deepEqual(chunk.states, ["invalid", "pending", "pending"])
  assert.equal(apply(chunk, invalid).changed, 1)
})

test("a recipient without a call belongs to none", () => {
  const chunk = aChunk(["sent"], { calls: [] })
  assert.equal(apply(chunk, { from: ["sent"], ofCall: 0 }).changed, 0)
  assert.equal(apply(chunk, { from: ["sent"], ofCall: new Set([0, 1]) }).changed, 0)
  assert.equal(apply(chunk, { from: ["sent"] }).changed, 1)
})

function detailsAfter(update: Partial<RecipientUpdate>, context: Partial<UpdateContext> = {}) {
  const chunk = aChunk(["pending"])
  apply(chunk, { state: "failed", ...update }, context)
  return chunk.details
}

test("a final state has its time, unless its call or the update has it; a pending one never", () => {
  const detail = { reason: "why" }
  assert.deepEqual(detailsAfter({ detail }), { 0: { at: AT, reason: "why" } })
  assert.deepEqual(detailsAfter({ detail: { at: 7 } }), { 0: { at: 7 } })
  assert.deepEqual(detailsAfter({ detail }, { timedByCall: false }), { 0: { at: AT, reason: "why" } })
  assert.deepEqual(detailsAfter({ detail }, { timedByCall: true }), { 0: detail })
  assert.deepEqual(detailsAfter({ detail, state: "pending" }), { 0: detail })
  assert.deepEqual(detailsAfter({ state: "pending" }), {})
})

test("the app that a recipient gets it from stays, whatever an update says beside it", () => {
  const chunk = aChunk(["pending", "pending"], { details: { 0: { app: "alerts" } } })
  apply(chunk, { state: "pending", detail: { delayedUntil: 9, reason: "member_rate" } })
  assert.deepEqual(chunk.details, {
    0: { delayedUntil: 9, reason: "member_rate", app: "alerts" },
    1: { delayedUntil: 9, reason: "member_rate" },
  })
  apply(chunk, {}, { timedByCall: true })
  assert.deepEqual(chunk.details, { 0: { app: "alerts" } })
})
