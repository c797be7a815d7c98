import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import type { Transport } from "@wecom-push/sdk"
import { startDispatch } from "./testing/start-dispatch.ts"

// proves 3.4: dispatch
test("an accepted message reaches the phone, and its recipients get different results", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ mobiles: ["13800000001", "13800000099"], users: ["lisi"], text: "磁盘 91%" })
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent", "not_found"])
  assert.deepEqual(await gateway.phone("zhangsan"), ["磁盘 91%"])
  assert.deepEqual(await gateway.phone("lisi"), ["磁盘 91%"])
  // Two calls if a look-up takes over a second, as on a busy machine: known recipients do not wait for it.
  const calls = (await gateway.calls()).length
  assert.ok(calls === 1 || calls === 2, `${calls} calls`)
  const [lisi, zhangsan, invisible] = await gateway.recipients(id)
  assert.equal(lisi?.userid, "lisi")
  assert.equal(zhangsan?.userid, "zhangsan")
  assert.equal(typeof zhangsan?.msgid, "string")
  assert.deepEqual([invisible?.reason, invisible?.errcode], ["no_visible_member", 46004])
})

test("one person named twice has two rows and gets one copy", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({
    users: ["ZhangSan", "zhangsan", "lisi"],
    mobiles: ["13800000001"],
    emails: ["zhangsan@example.com"],
  })
  assert.deepEqual(await gateway.outcome(id), Array(5).fill("sent"))
  assert.equal((await gateway.phone("zhangsan")).length, 1)
  const [call] = await gateway.calls()
  assert.equal(call?.body["touser"], "ZhangSan|lisi")
})

/** How each of three people may be named, and whose userid that is. */
const SPELLINGS = {
  users: ["zhangsan", "ZhangSan", "ZHANGSAN", "lisi", "LiSi", "WangWu", "wangwu"],
  mobiles: ["13800000001", "+86 138 0000 0001", "１３８０００００００２", "138-0000-0003", "008613800000003"],
  emails: ["zhangsan@example.com", "lisi@example.com", "WangWu@example.com"],
} as const

const WHO: readonly (readonly [userid: string, pattern: RegExp])[] = [
  ["zhangsan", /zhangsan|0001$/i],
  ["lisi", /lisi|２$/i],
  ["WangWu", /wangwu|0003$/i],
]

// proves C12: one person named in several ways
test("C12: however often and in whatever spelling people are named, each phone shows one copy", async () => {
  await using gateway = await startDispatch({
    settings: { member_per_minute: null, member_per_hour: null },
    simulator: { settings: { limits: { member_per_minute: null, member_per_hour: null } } },
  })
  const audience = fc.record({
    users: fc.array(fc.constantFrom(...SPELLINGS.users), { maxLength: 8 }),
    mobiles: fc.array(fc.constantFrom(...SPELLINGS.mobiles), { maxLength: 8 }),
    emails: fc.array(fc.constantFrom(...SPELLINGS.emails), { maxLength: 4 }),
  })
  let number = 0
  await fc.assert(
    fc.asyncProperty(audience, async (to) => {
      const named = [...to.users, ...to.mobiles, ...to.emails]
      if (named.length === 0) return
      const text = `number ${number++}`
      const id = await gateway.post({ ...to, text })
      assert.deepEqual(
        await gateway.outcome(id),
        named.map(() => "sent"),
      )
      const rows = await gateway.recipients(id)
      for (const [userid, pattern] of WHO) {
        const isNamed = named.some((address) => pattern.test(address))
        const copies = (await gateway.phone(userid)).filter((shown) => shown === text).length
        assert.equal(copies, isNamed ? 1 : 0, userid)
        for (const row of rows) {
          assert.equal(pattern.test(row.address), row.userid?.toLowerCase() === userid.toLowerCase(), row.address)
        }
      }
    }),
    { numRuns: 100 },
  )
})

test("every recipient that reaches a final state is counted once in the metrics, whichever way it got there", async () => {
  await using gateway = await startDispatch()
  const mobiles = ["13800000001", "13800000099", "13800000008"]
  const id = await gateway.post({ users: ["lisi", "zhangsan", "ZhangSan", "outsider"], mobiles })
  const states = await gateway.outcome(id)
  const byState = Map.groupBy(states, (state) => state)
  assert.deepEqual(gateway.finished, new Map([...byState].map(([state, ofState]) => [state, ofState.length])))
  assert.equal(gateway.finished.get("sent"), 4)
})

test("2,500 members take three calls; departments and tags travel in the first", async () => {
  await using gateway = await startDispatch({ simulator: { members: 2500 } })
  const users = Array.from({ length: 2500 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const id = await gateway.post({ users, departments: [3], tags: [1] })
  const states = await gateway.outcome(id)
  assert.equal(states.filter((state) => state === "sent").length, 2502)
  const calls = await gateway.calls()
  const sizes = calls.map(({ body }) => String(body["touser"]).split("|").length)
  assert.deepEqual(
    sizes.toSorted((a, b) => a - b),
    [500, 1000, 1000],
  )
  const withGroups = calls.filter(({ body }) => "toparty" in body || "totag" in body)
  assert.deepEqual(
    withGroups.map(({ body }) => [body["toparty"], body["totag"], String(body["touser"]).startsWith("m000001|")]),
    [["3", "1", true]],
  )
})

test("a member named again a thousand recipients later gets one copy, and the same outcome", async () => {
  await using gateway = await startDispatch({ simulator: { members: 1200 } })
  const users = Array.from({ length: 1200 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const id = await gateway.post({ users: [...users, "M000001"], mobiles: ["13900000002"] })
  const states = await gateway.outcome(id)
  assert.deepEqual(new Set(states), new Set(["sent"]))
  assert.equal((await gateway.phone("m000001")).length, 1)
  assert.equal((await gateway.phone("m000002")).length, 1)
  const rows = await gateway.recipients(id)
  assert.equal(rows[1200]?.msgid, rows[0]?.msgid)
  assert.deepEqual([rows[1201]?.userid, rows[1201]?.msgid], ["m000002", rows[1]?.msgid])
})

test("everybody is one recipient", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ all: true })
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  const [call] = await gateway.calls()
  assert.equal(call?.body["touser"], "@all")
})

test("every call carries the duplicate check for four hours", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["zhangsan"] }))
  const [call] = await gateway.calls()
  assert.deepEqual([call?.body["enable_duplicate_check"], call?.body["duplicate_check_interval"]], [1, 14_400])
})

test("parts of a text reach each person in order, and each waits for the one before", async () => {
  await using gateway = await startDispatch()
  const parts = ["一", "二", "三"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
  const id = await gateway.post({ users: ["zhangsan", "lisi", "outsider"], parts })
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent", "invalid"])
  assert.deepEqual(await gateway.phone("zhangsan"), ["一", "二", "三"])
  assert.deepEqual(
    (await gateway.calls()).map(({ body }) => body["touser"]),
    ["zhangsan|lisi|outsider", "zhangsan|lisi", "zhangsan|lisi"],
  )
})

test("a recipient that gets only the first parts has the missing one in its reason", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45002, match: "二" })
  const parts = ["一", "二"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
  const id = await gateway.post({ users: ["zhangsan"], parts })
  assert.deepEqual(await gateway.outcome(id), ["failed"])
  const [zhangsan] = await gateway.recipients(id)
  assert.deepEqual([zhangsan?.reason, zhangsan?.errcode], ["part_2_of_2_call_refused", 45002])
  assert.deepEqual(await gateway.phone("zhangsan"), ["一"])
})

test("a card that takes several calls has a task_id of its own in each", async () => {
  await using gateway = await startDispatch({ simulator: { members: 1001 } })
  const users = Array.from({ length: 1001 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const card = {
    card_type: "button_interaction",
    task_id: "deploy",
    main_title: { title: "发布？" },
    button_list: [{ text: "好", key: "ok" }],
  }
  const parts = [JSON.stringify({ msgtype: "template_card", template_card: card })]
  const id = await gateway.post({ users, msgtype: "template_card", parts })
  assert.deepEqual(new Set(await gateway.outcome(id)), new Set(["sent"]))
  const taskIds = (await gateway.calls()).map(({ body }) => (body["template_card"] as { task_id: string }).task_id)
  assert.deepEqual(taskIds.toSorted(), ["deploy", "deploy@2"])
})

test("messages of one app do not wait for those of another", async () => {
  await using gateway = await startDispatch({ settings: { concurrent_calls: 1 } })
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 300, match: "1000002" })
  const slow = await gateway.post({ users: ["zhangsan"] })
  const quick = await gateway.post({ users: ["WangWu"], app: "hr" })
  assert.deepEqual(await gateway.outcome(quick), ["sent"])
  assert.equal((await gateway.summary(slow)).finishedAt, undefined)
  assert.deepEqual(await gateway.outcome(slow), ["sent"])
})

// proves row 33: one who wants everything
test("row 33: an app that floods the queue does not hold up another", async () => {
  const held: (() => void)[] = []
  let holds = true
  const transport = (real: Transport): Transport => ({
    ...real,
    async request(request) {
      if (holds && typeof request.body === "string" && request.body.includes('"agentid":1000002')) {
        request.onConnected?.()
        const { promise, resolve } = Promise.withResolvers<void>()
        held.push(resolve)
        await promise
      }
      return real.request(request)
    },
  })
  const settings = { member_per_minute: null, member_per_hour: null }
  await using gateway = await startDispatch({ idle: true, settings, transport })
  for (let n = 0; n < 1000; n++) await gateway.post({ users: ["zhangsan"], text: `${n}` })
  gateway.start()
  await gateway.until(() => held.length === 50, "as many calls of the flood as there may be")
  for (let n = 0; n < 10; n++) {
    const id = await gateway.post({ users: ["WangWu"], app: "hr", text: `${n}` })
    assert.deepEqual(await gateway.outcome(id), ["sent"])
  }
  assert.equal(held.length, 50, "none of the flood has been answered")
  holds = false
  for (const answer of held) answer()
})

// proves 3.5: the governor
test("high priority overtakes, and bulk keeps a tenth", async () => {
  await using gateway = await startDispatch({ settings: { concurrent_calls: 1 }, idle: true })
  for (let n = 0; n < 4; n++) await gateway.post({ users: ["zhangsan"], text: `bulk ${n}`, priority: "bulk" })
  for (let n = 0; n < 20; n++) await gateway.post({ users: ["lisi"], text: `high ${n}`, priority: "high" })
  const last = await gateway.post({ users: ["007"], text: "normal", priority: "normal" })
  gateway.start()
  await gateway.outcome(last)
  await gateway.until(async () => (await gateway.calls()).length === 25, "all calls")
  const order = (await gateway.calls()).map(({ body }) => (body["text"] as { content: string }).content)
  const kinds = order.map((content) => content.split(" ")[0])
  const positionsOfBulk = kinds.flatMap((kind, index) => (kind === "bulk" ? [index] : []))
  assert.ok(kinds.slice(0, 9).filter((kind) => kind === "high").length >= 8, kinds.join(" "))
  assert.ok((positionsOfBulk[0] ?? 99) <= 10, kinds.join(" "))
  assert.ok((positionsOfBulk[1] ?? 99) - (positionsOfBulk[0] ?? 0) >= 9, kinds.join(" "))
})

// proves 3.6: following
test("a scheduled message goes out when it is due, not before", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ users: ["zhangsan"], sendAt: gateway.clock.now() + 3_600_000 })
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal((await gateway.summary(id)).state, "scheduled")
  assert.equal((await gateway.calls()).length, 0)
  await gateway.advance(3600)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 3.6: following
test("messages with one order key go out one after another", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 200 })
  const first = await gateway.post({ users: ["zhangsan"], text: "一", orderKey: "deploy" })
  const second = await gateway.post({ users: ["zhangsan"], text: "二", orderKey: "deploy", priority: "high" })
  await gateway.outcome(second)
  assert.notEqual((await gateway.summary(first)).finishedAt, undefined)
  assert.deepEqual(await gateway.phone("zhangsan"), ["一", "二"])
})

test("a caller that waits for a message learns when it is finished", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ users: ["zhangsan"] })
  assert.equal(await gateway.dispatcher.finished(id, 5000), true)
  assert.equal(await gateway.dispatcher.finished(id, 0), true)
  const scheduled = await gateway.post({ users: ["zhangsan"], sendAt: gateway.clock.now() + 60_000 })
  assert.equal(await gateway.dispatcher.finished(scheduled, 20), false)
})

test("an idle dispatcher calls WeCom as soon as a message is accepted: no time need pass", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["lisi"] }))
  using _ = gateway.clock.hold()
  for (let n = 0; n < 20; n++) {
    const id = await gateway.post({ users: ["zhangsan"], text: String(n) })
    assert.deepEqual(await gateway.outcome(id), ["sent"])
  }
})
