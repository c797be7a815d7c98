import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

async function pause(gateway: DispatchUnderTest): Promise<number | undefined> {
  return (await gateway.stores.apps.get("alerts"))?.pause?.errcode
}

// proves 12.R6: a wrong agent_id, mended
test("12.R6: what was refused for a wrong agent_id goes out anew as soon as that is corrected", async () => {
  await using gateway = await startDispatch({ idle: true })
  await gateway.stores.apps.change("alerts", { agentId: 1_999_999 }, gateway.clock.now())
  gateway.start()
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, n) => gateway.post({ users: ["zhangsan", "lisi"], text: `第 ${n} 条` })),
  )
  await gateway.until(async () => (await pause(gateway)) !== undefined, "a pause")
  await gateway.until(async () =>
    (await Promise.all(ids.map((id) => gateway.attempts(id)))).some((of) => of.length > 0),
  )
  await gateway.stores.apps.change("alerts", { agentId: 1_000_002 }, gateway.clock.now())
  // No time passes: no message waits for a probe or for the next minute.
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.equal(await pause(gateway), undefined)
  assert.equal((await gateway.phone("zhangsan")).length, 20)
})

test("12.R6: what is at work while an app is corrected goes out as the app is then, however long it was looking people up", async () => {
  const answered = Promise.withResolvers<void>()
  let lookups = 0
  await using gateway = await startDispatch({
    idle: true,
    transport: (real) => ({
      ...real,
      async request(request) {
        if (!request.url.pathname.endsWith("/user/getuserid")) return real.request(request)
        lookups++
        await answered.promise
        return real.request(request)
      },
    }),
  })
  await gateway.stores.apps.change("alerts", { agentId: 1_999_999 }, gateway.clock.now())
  gateway.start()
  const id = await gateway.post({ mobiles: ["13800000001"] })
  await gateway.until(() => Promise.resolve(lookups > 0), "a look-up")
  await gateway.stores.apps.change("alerts", { agentId: 1_000_002 }, gateway.clock.now())
  answered.resolve()
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  const sends = (await gateway.calls()).filter(({ path }) => path.endsWith("/message/send"))
  assert.equal(sends.length, 1)
})

// proves 12.R6: a wrong agent_id, mended
test("12.R6: what may have arrived from the former agent is in doubt, and pauses no app", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "reset_after", times: 1 })
  const lost = await gateway.post({ users: ["zhangsan"], text: "may have arrived" })
  await gateway.until(async () => (await gateway.attempts(lost))[0]?.result === "in_doubt", "a lost answer")
  await gateway.stores.apps.change("alerts", { agentId: 1_000_003, secret: "sim-secret-hr" }, gateway.clock.now())
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(lost), ["in_doubt"])
  const next = await gateway.post({ users: ["lisi"] })
  assert.deepEqual(await gateway.outcome(next), ["sent"])
  assert.equal(await pause(gateway), undefined)
})

// proves 12.R7: a late answer to the old secret
test("12.R7: an answer to the old secret that comes late pauses no app", async () => {
  const late = Promise.withResolvers<void>()
  let sends = 0
  await using gateway = await startDispatch({
    transport: (real) => ({
      ...real,
      async request(request) {
        if (!request.url.pathname.endsWith("/message/send") || ++sends > 1) return real.request(request)
        const answer = await real.request(request)
        await late.promise
        return answer
      },
    }),
  })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 1 })
  const first = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.calls()).length === 1, "the refusal on its way")
  await gateway.stores.apps.change("alerts", { secret: "sim-secret-alerts" }, gateway.clock.now())
  const next = await gateway.post({ users: ["lisi"] })
  assert.deepEqual(await gateway.outcome(next), ["sent"])
  late.resolve()
  assert.deepEqual(await gateway.outcome(first), ["sent"])
  assert.equal(await pause(gateway), undefined)
  const types = (await gateway.stores.events.since(0, { limit: 100, apps: "all" })).map(({ type }) => type)
  assert.ok(!types.includes("app.paused"), types.join(" "))
  assert.deepEqual(
    gateway.log.filter(({ sentence }) => sentence.includes("paused")),
    [],
  )
})

// proves 12.R10: an app removed beside its messages
test("12.R10: nothing of an app that is no longer there goes out, or waits for ever", async () => {
  await using gateway = await startDispatch()
  const before = await gateway.post({ users: ["zhangsan"], text: "before" })
  assert.deepEqual(await gateway.outcome(before), ["sent"])
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 48002 })
  const failed = await gateway.post({ users: ["zhangsan", "lisi"], text: "failed" })
  assert.deepEqual(await gateway.outcome(failed), ["failed", "failed"])
  assert.equal(await gateway.stores.apps.remove("alerts", gateway.clock.now()), "removed")
  const later = gateway.clock.now() + 600_000
  const accepted = [
    await gateway.post({ users: ["zhangsan", "lisi"], text: "at the same moment" }),
    await gateway.post({ users: ["lisi"], text: "scheduled", sendAt: later }),
  ]
  await gateway.dispatcher.retry(failed, ["failed"])
  for (const id of [failed, accepted[0] ?? ""]) {
    assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["cancelled"]))
    assert.equal((await gateway.recipients(id))[0]?.reason, "app_removed")
  }
  await gateway.advance(601)
  assert.deepEqual(await gateway.outcome(accepted[1] ?? ""), ["cancelled"])
  assert.deepEqual(await gateway.phone("lisi"), [])
})
