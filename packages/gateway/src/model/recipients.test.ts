import assert from "node:assert/strict"
import { test } from "node:test"
import { RECIPIENT_STATES } from "@wecom-push/protocol/delivery"
import { chunkOf, copyChunk, countStates, emptyCounts, positionAt, slotOf } from "./recipients.ts"
import type { RecipientChunk } from "./recipients.ts"

function aChunk(states: RecipientChunk["states"]): RecipientChunk {
  return {
    index: 3,
    types: states.map(() => "mobile"),
    addresses: states.map((_, slot) => `1380000000${slot}`),
    states,
    userids: states.map(() => null),
    calls: states.map(() => null),
    details: { 1: { reason: "no_licence" } },
  }
}

test("a position is chunk times a thousand plus slot, and gives both back", () => {
  for (const [chunk, slot, position] of [
    [0, 0, 0],
    [0, 999, 999],
    [1, 0, 1000],
    [999, 999, 999_999],
  ] as const) {
    assert.equal(positionAt(chunk, slot), position)
    assert.deepEqual([chunkOf(position), slotOf(position)], [chunk, slot])
  }
})

test("counts have every state, and those of the recipients of all chunks", () => {
  assert.deepEqual(emptyCounts(), Object.fromEntries(RECIPIENT_STATES.map((state) => [state, 0])))
  assert.deepEqual(countStates([aChunk(["sent", "pending"]), aChunk(["sent"])]), {
    ...emptyCounts(),
    sent: 2,
    pending: 1,
  })
})

test("a chunk that was copied stays as it is whatever happens to its copy", () => {
  const chunk = aChunk(["pending", "failed"])
  const copy = copyChunk(chunk)
  assert.deepEqual(copy, chunk)
  copy.types[0] = "user"
  copy.addresses[0] = "a"
  copy.states[0] = "sent"
  copy.userids[0] = "a"
  copy.calls[0] = 1
  delete copy.details[1]
  assert.deepEqual(chunk, aChunk(["pending", "failed"]))
})
