import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

/** No time passes: a recipient that had to wait for the next minute would get nothing. */
async function getsOneAtOnce(gateway: DispatchUnderTest, userid: string): Promise<void> {
  const id = await gateway.post({ users: [userid], text: "another" })
  await gateway.until(async () => {
    const [only] = await gateway.recipients(id)
    return only?.state !== "pending" || only.delayedUntil !== undefined
  })
  assert.deepEqual(await gateway.states(id), ["sent"])
}

// proves 12.T3: refused sends and a member's windows
test("a call that WeCom refused for good does not count for its members", async () => {
  await using gateway = await startDispatch({ settings: { member_per_minute: 1 } })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45002 })
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"] })), ["failed"])
  await getsOneAtOnce(gateway, "zhangsan")
})

// proves 12.T3: refused sends and a member's windows
test("a call that is halved counts once for each of its members, with the half that went out", async () => {
  await using gateway = await startDispatch({ settings: { member_per_minute: 2 } })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40003, match: "lisi", times: 99 })
  const id = await gateway.post({ users: ["zhangsan", "WangWu", "007", "lisi"] })
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent", "sent", "invalid"])
  for (const userid of ["zhangsan", "007"]) await getsOneAtOnce(gateway, userid)
})

// proves 12.T3: refused sends and a member's windows
test("a call that a busy WeCom refused is repeated in its time, not when the minute of its members is over", async () => {
  await using gateway = await startDispatch({ settings: { member_per_minute: 1 } })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
  await gateway.advance(3)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 12.T3: refused sends and a member's windows
test("what an app's refusal kept from going out does not count when it goes out after all", async () => {
  await using gateway = await startDispatch({ settings: { member_per_minute: 1 } })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
  await gateway.stores.apps.change("alerts", { secret: "sim-secret-alerts" }, gateway.clock.now())
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 12.T3: refused sends and a member's windows
test("a call that waits to be repeated until the minute of its members is over counts as held back, once", async () => {
  await using gateway = await startDispatch({ settings: { member_per_minute: 1 } })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1 })
  const refused = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(refused))[0]?.result === "refused")
  await getsOneAtOnce(gateway, "zhangsan")
  assert.equal(gateway.throttled.get("member_rate"), undefined)
  for (let seconds = 0; seconds < 30; seconds += 3) await gateway.advance(3)
  assert.equal((await gateway.recipients(refused))[0]?.state, "pending")
  assert.equal(gateway.throttled.get("member_rate"), 1)
  await gateway.advance(60)
  assert.deepEqual(await gateway.outcome(refused), ["sent"])
})
