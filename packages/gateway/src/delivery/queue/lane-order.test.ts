import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

/** The recipients in the order of the calls; the tries of one call count once. */
async function order(gateway: DispatchUnderTest): Promise<readonly string[]> {
  const names = (await gateway.calls()).map(({ body }) => String(body["touser"]))
  return names.filter((name, index) => name !== names[index - 1])
}

/** The store hands out every message that was due before this one before it, or together with it. */
async function everybodyHadTheirTurn(gateway: DispatchUnderTest): Promise<void> {
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["unlicensed"] })), ["unlicensed"])
}

// proves 12.T1: the head of a lane that waits
test("a message in doubt holds its lane for as long as it takes when others of its recipients have not been sent to", async () => {
  await using gateway = await startDispatch({ settings: { member_per_hour: 2 } })
  for (const text of ["one of this hour", "another"]) {
    await gateway.outcome(await gateway.post({ users: ["zhangsan"], text }))
  }
  await gateway.fault({ path: "message/send", kind: "reset_after", match: "一" })
  const first = await gateway.post({ users: ["lisi", "zhangsan"], text: "一", orderKey: "k" })
  const second = await gateway.post({ users: ["WangWu"], text: "二", orderKey: "k" })
  await gateway.until(async () => (await gateway.attempts(first))[0]?.result === "in_doubt")
  await gateway.until(async () => (await gateway.recipients(first))[1]?.delayedUntil !== undefined)
  await gateway.advance(65)
  await gateway.until(async () => (await gateway.states(first))[0] === "sent")
  await everybodyHadTheirTurn(gateway)
  assert.deepEqual(await gateway.states(second), ["pending"])
  await gateway.advance(3600)
  assert.deepEqual(await gateway.outcome(second), ["sent"])
  assert.deepEqual(await order(gateway), ["zhangsan", "lisi", "unlicensed", "zhangsan", "WangWu"])
})

// proves 12.T1: the head of a lane that waits
test("a message that is certain not to have arrived holds its lane for as long as it takes", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, match: "一", times: 3 })
  const first = await gateway.post({ users: ["zhangsan"], text: "一", orderKey: "k" })
  const second = await gateway.post({ users: ["lisi"], text: "二", orderKey: "k" })
  for (let tried = 1; tried <= 3; tried++) {
    await gateway.until(async () => (await gateway.attempts(first))[tried - 1]?.result === "refused", `try ${tried}`)
    if (tried < 3) await gateway.advance(3)
  }
  await gateway.advance(65)
  await everybodyHadTheirTurn(gateway)
  assert.deepEqual(await gateway.states(second), ["pending"])
  await gateway.advance(600)
  assert.deepEqual(await gateway.outcome(second), ["sent"])
  assert.deepEqual(await order(gateway), ["zhangsan", "unlicensed", "zhangsan", "lisi"])
})
