import assert from "node:assert/strict"
import { test } from "node:test"
import { text } from "../builders.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"

const COUNT = 200_000

// proves 11.N1: 200,000 recipients
test("200,000 recipients, some of whom get nothing, are 200 calls, each row with its own outcome", async () => {
  await using sim = await simulatedWeCom({ simulator: { members: COUNT } })
  const users = Array.from({ length: COUNT }, (_, index) => {
    if (index % 1000 === 7) return `ghost${index}`
    return index % 1000 === 8 ? `没有${index}` : `m${String(index + 1).padStart(6, "0")}`
  })
  const { ok, recipients, calls, error } = await sim.wecom.send({ users }, text("你好"))
  const states = new Map<string, number>()
  for (const [index, { address, state, reason }] of recipients.entries()) {
    assert.equal(address, users[index])
    states.set(`${state} ${reason}`, (states.get(`${state} ${reason}`) ?? 0) + 1)
  }
  assert.deepEqual([ok, error, recipients.length], [false, undefined, COUNT])
  assert.deepEqual(Object.fromEntries(states), {
    "sent undefined": COUNT - COUNT / 500,
    "invalid outside_visible_range": COUNT / 1000,
    "invalid malformed_userid": COUNT / 1000,
  })
  // Addresses that cannot have a userid take no place in a call.
  assert.equal(calls.length, Math.ceil((COUNT - COUNT / 1000) / 1000))
})
