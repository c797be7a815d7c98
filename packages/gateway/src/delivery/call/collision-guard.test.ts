import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

async function checks(gateway: DispatchUnderTest): Promise<readonly unknown[]> {
  return (await gateway.calls()).map(({ body }) => body["enable_duplicate_check"] ?? 0)
}

// proves 3.4: dispatch
test("five equal alerts in a minute are five on the phone: all but the first go without the check", async () => {
  await using gateway = await startDispatch()
  for (let n = 0; n < 5; n++) {
    assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" })), ["sent"])
  }
  assert.equal((await gateway.phone("zhangsan")).length, 5)
  assert.deepEqual(await checks(gateway), [1, 0, 0, 0, 0])
})

test("equal alerts that go out at the same moment are all shown", async () => {
  await using gateway = await startDispatch({ idle: true })
  for (let n = 0; n < 10; n++) await gateway.post({ users: ["zhangsan"], text: "CPU high" })
  gateway.start()
  await gateway.until(async () => (await gateway.phone("zhangsan")).length === 10)
  assert.equal((await gateway.stats())["suppressed"], 0)
})

test("past the window an equal body carries the check again", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" }))
  await gateway.advance(14_400 + 299)
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" }))
  await gateway.advance(14_400 + 301)
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" }))
  assert.deepEqual(await checks(gateway), [1, 0, 1])
  assert.equal((await gateway.phone("zhangsan")).length, 3)
})

test("the same text to other people, or from another app, is no collision", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["lisi"], text: "CPU high" }))
  await gateway.outcome(await gateway.post({ users: ["lisi", "zhangsan"], text: "CPU high" }))
  await gateway.outcome(await gateway.post({ users: ["lisi"], text: "CPU high", app: "hr" }))
  assert.deepEqual(await checks(gateway), [1, 1, 1])
})

test("a call without the check whose answer is lost is in doubt at once, and is not repeated", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" }))
  await gateway.fault({ path: "message/send", kind: "reset_after" })
  const id = await gateway.post({ users: ["zhangsan"], text: "CPU high" })
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  assert.equal((await gateway.recipients(id))[0]?.reason, "no_check")
  assert.equal((await gateway.calls()).length, 2)
})

test("a call without the check that WeCom refused for being busy is tried again", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" }))
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1 })
  const id = await gateway.post({ users: ["zhangsan"], text: "CPU high" })
  await gateway.until(async () => (await gateway.calls()).length === 2)
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 2)
})

// proves 3.4: dispatch
test("the caller's own check swallows an equal body, and says so", async () => {
  await using gateway = await startDispatch()
  const duplicateCheck = { by: "caller", intervalSeconds: 600 } as const
  const first = await gateway.post({ users: ["zhangsan", "lisi"], text: "日报", duplicateCheck })
  assert.deepEqual(await gateway.outcome(first), ["sent", "sent"])
  const second = await gateway.post({ users: ["zhangsan", "lisi"], text: "日报", duplicateCheck })
  assert.deepEqual(await gateway.outcome(second), ["suppressed", "suppressed"])
  assert.equal((await gateway.summary(second)).state, "sent")
  assert.equal((await gateway.phone("zhangsan")).length, 1)
  await gateway.advance(601)
  const third = await gateway.post({ users: ["zhangsan", "lisi"], text: "日报", duplicateCheck })
  assert.deepEqual(await gateway.outcome(third), ["sent", "sent"])
  const [call] = await gateway.calls()
  assert.equal(call?.body["duplicate_check_interval"], 600)
})

test("the caller's check makes a repeat safe inside the caller's interval, and no longer", async () => {
  await using gateway = await startDispatch()
  const duplicateCheck = { by: "caller", intervalSeconds: 60 } as const
  await gateway.fault({ path: "message/send", kind: "reset_after", times: 9 })
  const id = await gateway.post({ users: ["zhangsan"], duplicateCheck })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  await gateway.advance(2)
  await gateway.until(async () => (await gateway.attempts(id))[1]?.result === "in_doubt")
  await gateway.advance(40)
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

test("an equal body after one that WeCom refused is no collision", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 48002 })
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" })), ["failed"])
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU high" })), ["sent"])
  assert.deepEqual(await checks(gateway), [1, 1])
})

test("an equal body after one that WeCom refused and that was cancelled is no collision, and never called suppressed", async () => {
  for (const duplicateCheck of [{ by: "gateway" }, { by: "caller", intervalSeconds: 600 }] as const) {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1 })
    const first = await gateway.post({ users: ["zhangsan"], text: "CPU high", duplicateCheck })
    await gateway.until(async () => (await gateway.attempts(first))[0]?.result === "refused")
    assert.equal((await gateway.dispatcher.cancel(first)).kind, "cancelled")
    const second = await gateway.post({ users: ["zhangsan"], text: "CPU high", duplicateCheck })
    assert.deepEqual(await gateway.outcome(second), ["sent"])
    assert.deepEqual(await gateway.phone("zhangsan"), ["CPU high"])
    assert.deepEqual(await checks(gateway), [1, 1])
  }
})

// proves 12.R9: an equal alarm after a restore
test("12.R9: for four hours after a restore nothing is swallowed for what the backup does not know of", async () => {
  await using gateway = await startDispatch()
  const backup = gateway.snapshot()
  const lost = await gateway.post({ users: ["zhangsan"], text: "CPU high" })
  assert.deepEqual(await gateway.outcome(lost), ["sent"])
  await gateway.crashTo(backup, { afterRestore: true })
  await gateway.advance(3 * 3600)
  const again = await gateway.post({ users: ["zhangsan"], text: "CPU high" })
  assert.deepEqual(await gateway.outcome(again), ["sent"])
  assert.deepEqual(await gateway.phone("zhangsan"), ["CPU high", "CPU high"])

  await gateway.crash({ afterRestore: false })
  const afterRestart = await gateway.post({ users: ["lisi"], text: "after a restart" })
  await gateway.outcome(afterRestart)
  await gateway.advance(2 * 3600)
  const later = await gateway.post({ users: ["lisi"], text: "four hours later" })
  await gateway.outcome(later)
  const checks = (await gateway.calls()).slice(-2).map(({ body }) => body["enable_duplicate_check"])
  assert.deepEqual(checks, [undefined, 1])
})
