import assert from "node:assert/strict"
import { test } from "node:test"
import { RECIPIENT_STATES } from "@wecom-push/protocol/delivery"
import { anyText, fc } from "../../../../tools/testing/fast-check.ts"
import type { RecipientChunk, RecipientType } from "./recipients.ts"
import { packChunk, stateBit, stateMask, unpackChunk } from "./pack-chunk.ts"

const types: RecipientType[] = ["mobile", "email", "user", "department", "tag", "all"]
const detail = fc.record(
  {
    errcode: fc.integer(),
    reason: fc.string(),
    delayedUntil: fc.nat(),
    at: fc.nat(),
    fresh: fc.constant(true as const),
  },
  { requiredKeys: [] },
)
const recipient = fc.record({
  type: fc.constantFrom(...types),
  address: anyText().filter((text) => text.isWellFormed()),
  state: fc.constantFrom(...RECIPIENT_STATES),
  userid: fc.option(fc.string()),
  call: fc.option(fc.nat()),
  detail: fc.option(detail, { nil: undefined }),
})

test("an unpacked chunk equals the packed one", () => {
  fc.assert(
    fc.property(fc.array(recipient), (recipients) => {
      const chunk: RecipientChunk = {
        index: 3,
        types: recipients.map(({ type }) => type),
        addresses: recipients.map(({ address }) => address),
        states: recipients.map(({ state }) => state),
        userids: recipients.map(({ userid }) => userid),
        calls: recipients.map(({ call }) => call),
        details: Object.fromEntries(
          recipients.flatMap(({ detail }, place) => (detail === undefined ? [] : [[place, { ...detail }]])),
        ),
      }
      assert.deepEqual(unpackChunk(3, packChunk(chunk)), chunk)
    }),
  )
})

test("userids that equal the addresses take no space of their own", () => {
  const addresses = Array.from({ length: 1000 }, (_, n) => `user${n}`)
  const chunk: RecipientChunk = {
    index: 0,
    types: addresses.map(() => "user"),
    addresses,
    states: addresses.map(() => "pending"),
    userids: [...addresses],
    calls: addresses.map(() => null),
    details: {},
  }
  const packed = packChunk(chunk)
  assert.ok(packed.length < JSON.stringify(addresses).length + 100)
  assert.deepEqual(unpackChunk(0, packed), chunk)
})

test("the mask names the states that occur", () => {
  assert.equal(stateMask(["sent", "sent", "failed", "sent"]), stateBit("sent") | stateBit("failed"))
  assert.equal(stateMask([]), 0)
  assert.equal(new Set(RECIPIENT_STATES.map(stateBit)).size, RECIPIENT_STATES.length)
})
