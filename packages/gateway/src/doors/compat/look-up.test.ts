import assert from "node:assert/strict"
import { test } from "node:test"
import type { LookupReply } from "../../model/ports/dispatcher.ts"
import { changed } from "./testing/changed.ts"
import { startCompat } from "./testing/compat-under-test.ts"

test("the userid behind a mobile number, in WeCom's spelling, out of one question to WeCom", async () => {
  await using compat = await startCompat()
  const first = await compat.call("user/getuserid", { mobile: "13800000003" })
  const second = await compat.call("user/getuserid", { mobile: "13800000003" })
  assert.deepEqual(first, { errcode: 0, errmsg: "ok", userid: "WangWu" })
  assert.deepEqual(second, first)
  assert.equal((await compat.sim.calls()).filter(({ path }) => path === "/cgi-bin/user/getuserid").length, 1)
})

test("the userid behind an address, of the mailbox that is asked for", async () => {
  await using compat = await startCompat()
  const path = "user/get_userid_by_email"
  assert.equal((await compat.call(path, { email: "lisi@example.com" }))["userid"], "lisi")
  assert.equal((await compat.call(path, { email: "lisi@example.com", email_type: "1" }))["userid"], "lisi")
  await compat.call(path, { email: "lisi@example.com", email_type: 2 })
  const asked = (await compat.sim.calls()).filter((call) => call.path.endsWith(path)).map(({ body }) => body)
  assert.deepEqual(asked, [
    { email: "lisi@example.com", email_type: 1 },
    { email: "lisi@example.com", email_type: 2 },
  ])
})

test("a number that no member has, or whose owner the app may not see, is 46004", async () => {
  await using compat = await startCompat()
  for (const mobile of ["13900000000", "13800000009"]) {
    assert.equal((await compat.call("user/getuserid", { mobile })).errcode, 46004)
  }
})

test("what can be no number or address is 60103 or 60105, and WeCom is not asked", async () => {
  await using compat = await startCompat()
  for (const body of [{}, { mobile: "" }, { mobile: "abc" }, { mobile: 13_800_000_001 }, { mobile: "1".repeat(40) }]) {
    assert.equal((await compat.call("user/getuserid", body)).errcode, 60103)
  }
  for (const body of [{}, { email: "lisi" }, { email: ["lisi@example.com"] }]) {
    assert.equal((await compat.call("user/get_userid_by_email", body)).errcode, 60105)
  }
  assert.deepEqual(await compat.sim.calls(), [])
})

// proves 11.B22: numbers that the rules refuse
test("a number that the numbering rules call impossible is asked of WeCom, whose answer it is", async () => {
  await using compat = await startCompat()
  await compat.sim.org(({ members }) => members.push({ userid: "odd", mobile: "+85212345678", departments: [2] }))
  assert.equal((await compat.call("user/getuserid", { mobile: "+85212345678" }))["userid"], "odd")
  assert.equal((await compat.call("user/getuserid", { mobile: "12345" })).errcode, 46004)
  assert.equal((await compat.call("user/getuserid", { mobile: "分机8001" })).errcode, 60103)
  const asked = (await compat.sim.calls()).filter(({ path }) => path.endsWith("getuserid"))
  assert.deepEqual(
    asked.map(({ body }) => body),
    ["+85212345678", "12345", "分机8001"].map((mobile) => ({ mobile })),
  )
})

for (const { reply, errcode } of [
  { reply: { kind: "budget_spent", retryAt: 0 }, errcode: 45009 },
  { reply: { kind: "paused", retryAt: 0 }, errcode: 45009 },
  { reply: { kind: "failed" }, errcode: -1 },
  { reply: { kind: "failed", errcode: 0, errmsg: "self-signed certificate of 10.0.0.1" }, errcode: -1 },
  { reply: { kind: "failed", errcode: 60020, errmsg: "not allow, from ip: 192.0.2.1" }, errcode: 60020 },
] satisfies { reply: LookupReply; errcode: number }[]) {
  test(`a look-up that ends as ${JSON.stringify(reply)} answers ${errcode}`, async () => {
    await using compat = await startCompat({
      wrap: (dispatcher) => changed(dispatcher, { lookUp: async () => reply }),
    })
    const answer = await compat.call("user/getuserid", { mobile: "13800000001" })
    assert.equal(answer.errcode, errcode)
    assert.doesNotMatch(answer.errmsg, /10\.0\.0\.1/)
  })
}

test("a budget of misses that is spent answers 45009 without a question to WeCom", async () => {
  await using compat = await startCompat()
  for (let index = 10; index < 20; index++) {
    assert.equal((await compat.call("user/getuserid", { mobile: `139000000${index}` })).errcode, 46004)
  }
  const before = (await compat.sim.calls()).length
  assert.equal((await compat.call("user/getuserid", { mobile: "13900000099" })).errcode, 45009)
  assert.equal((await compat.sim.calls()).length, before)
})

test("a key needs scope send or read to look up", async () => {
  await using compat = await startCompat()
  const reader = await compat.key({ scopes: ["read"] })
  const admin = await compat.key({ scopes: ["admin"] })
  assert.equal((await compat.call("user/getuserid", { mobile: "13800000001" }, reader.key)).errcode, 0)
  assert.equal((await compat.call("user/getuserid", { mobile: "13800000001" }, admin.key)).errcode, 48002)
})
