import assert from "node:assert/strict"
import { test } from "node:test"
import type { Transport } from "@wecom-push/sdk"
import { startDispatch } from "../testing/start-dispatch.ts"

/** A number that WeCom itself finds badly formed. */
const ODD = "13800000012"
const REFUSED = { path: "user/getuserid", kind: "errcode", errcode: 60103, match: ODD }

/** Holds sends to WeCom until the test releases them. */
class HeldSends {
  readonly #held = Promise.withResolvers<void>()
  count = 0

  letGo(): void {
    this.#held.resolve()
  }

  transport = (real: Transport): Transport => ({
    ...real,
    request: async (request) => {
      if (request.url.pathname.endsWith("/message/send")) {
        this.count++
        await this.#held.promise
      }
      return real.request(request)
    },
  })
}

test("what has not gone out is cancelled, and nothing of it goes out", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ users: ["zhangsan"], sendAt: gateway.clock.now() + 60_000 })
  assert.deepEqual(await gateway.dispatcher.cancel(id), { kind: "cancelled", recipients: 1, state: "cancelled" })
  await gateway.advance(61)
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal((await gateway.calls()).length, 0)
  assert.deepEqual(await gateway.states(id), ["cancelled"])
  assert.deepEqual([...gateway.finished], [["cancelled", 1]])
})

test("a message that is sent, or was cancelled, is not cancelled", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.outcome(id)
  assert.deepEqual(await gateway.dispatcher.cancel(id), { kind: "already_sent" })
})

// proves C20: a cancel against a send
test("C20: a call in flight keeps its recipients, the others are cancelled", async () => {
  await using gateway = await startDispatch({ simulator: { members: 2500 }, settings: { concurrent_calls: 1 } })
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 200 })
  const users = Array.from({ length: 2500 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const id = await gateway.post({ users })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  const outcome = await gateway.dispatcher.cancel(id)
  assert.deepEqual([outcome.kind, "recipients" in outcome && outcome.recipients], ["cancelled", 1500])
  const states = await gateway.outcome(id)
  assert.deepEqual(states.filter((state) => state === "sent").length, 1000)
  assert.equal((await gateway.calls()).length, 1)
})

test("C20: whenever the cancel comes, a recipient reported as cancelled has seen nothing", async () => {
  await using gateway = await startDispatch()
  for (let n = 0; n < 30; n++) {
    const id = await gateway.post({ users: [n % 2 === 0 ? "zhangsan" : "lisi"], text: `nr ${n}` })
    for (let turns = 0; turns < n % 10; turns++) await new Promise(setImmediate)
    const { kind } = await gateway.dispatcher.cancel(id)
    const [state] = await gateway.outcome(id)
    assert.equal(state, kind === "cancelled" ? "cancelled" : "sent")
    const shown = [...(await gateway.phone("zhangsan")), ...(await gateway.phone("lisi"))].includes(`nr ${n}`)
    assert.equal(shown, state === "sent", `${n} ${state}`)
    if (n % 25 === 24) await gateway.advance(61)
  }
})

for (const [what, recalls] of [
  ["cancel", false],
  ["recall", true],
] as const) {
  // proves 12.R4: cancel and recall in doubt
  test(`12.R4: after a ${what} a call in doubt is not repeated: it ends in doubt, and no recipient is reported as sent`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "reset_before" })
    const id = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
    const outcome = await (recalls ? gateway.dispatcher.recall(id) : gateway.dispatcher.cancel(id))
    assert.deepEqual(
      outcome,
      recalls
        ? { kind: "recalled", state: "in_doubt", cancelled: 0, calls: [{ call: 1, result: "unknown" }] }
        : { kind: "cancelled", recipients: 0, state: "in_doubt" },
    )
    const [recipient] = await gateway.recipients(id)
    assert.deepEqual([recipient?.state, recipient?.reason], ["in_doubt", "recalled_in_doubt"])
    await gateway.crash()
    await gateway.advance(61)
    const next = await gateway.post({ users: ["lisi"] })
    await gateway.outcome(next)
    assert.equal((await gateway.phone("zhangsan")).length, 0)
  })

  // proves 12.R4: cancel and recall in doubt
  test(`12.R4: a ${what} while a call is under way waits for its answer, and does not let it be repeated`, async () => {
    const underWay = new HeldSends()
    await using gateway = await startDispatch({ transport: underWay.transport })
    await gateway.fault({ path: "message/send", kind: "reset_after", match: "lost" })
    const ids = [
      await gateway.post({ users: ["zhangsan"], text: "lost" }),
      await gateway.post({ users: ["lisi"], text: "answered" }),
    ]
    await gateway.until(() => underWay.count === 2)
    const { dispatcher } = gateway
    const commands = ids.map((id) => (recalls ? dispatcher.recall(id) : dispatcher.cancel(id)))
    for (let n = 0; n < 20; n++) await new Promise(setImmediate)
    underWay.letGo()
    await Promise.all(commands)
    const [id = "", kept = ""] = ids
    assert.deepEqual(await gateway.states(id), ["in_doubt"])
    assert.deepEqual(await gateway.states(kept), [recalls ? "recalled" : "sent"])
    await gateway.advance(61)
    assert.equal((await gateway.calls()).filter(({ body }) => JSON.stringify(body).includes("lost")).length, 1)
  })
}

// proves 12.R4: cancel and recall in doubt
test("12.R4: a cancel does not wait for those who wait for leave to send", async () => {
  const underWay = new HeldSends()
  await using gateway = await startDispatch({ settings: { concurrent_calls: 1 }, transport: underWay.transport })
  const first = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(() => underWay.count === 1)
  const waiting = await gateway.post({ users: ["lisi"] })
  for (let n = 0; n < 20; n++) await new Promise(setImmediate)
  assert.deepEqual(await gateway.dispatcher.cancel(waiting), { kind: "cancelled", recipients: 1, state: "cancelled" })
  underWay.letGo()
  assert.deepEqual(await gateway.outcome(first), ["sent"])
  const after = await gateway.post({ users: ["lisi"] })
  assert.deepEqual(await gateway.outcome(after), ["sent"])
})

test("a call that waits because WeCom refused it is cancelled", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 9 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "refused")
  assert.equal((await gateway.dispatcher.cancel(id)).kind, "cancelled")
  await gateway.advance(5)
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal((await gateway.calls()).length, 1)
})

test("what failed is sent again on request", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 48002 })
  const id = await gateway.post({ users: ["zhangsan"] })
  assert.deepEqual(await gateway.outcome(id), ["failed"])
  assert.deepEqual(await gateway.dispatcher.retry(id, ["in_doubt"]), { kind: "nothing_to_retry" })
  const outcome = await gateway.dispatcher.retry(id, ["failed"])
  assert.deepEqual([outcome.kind, "recipients" in outcome && outcome.recipients], ["retried", 1])
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("who was not found is asked of WeCom anew", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ mobiles: ["13800000066", "13800000001"] })
  assert.deepEqual(await gateway.outcome(id), ["not_found", "sent"])
  const org = (await gateway.control("GET", "org")) as { members: object[] }
  const members = [...org.members, { userid: "new", name: "新", mobile: "13800000066", departments: [2] }]
  await gateway.control("PUT", "org", { ...org, members })
  assert.equal((await gateway.dispatcher.retry(id, ["not_found"])).kind, "retried")
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 1, "who has it does not get it again")
  assert.equal((await gateway.phone("new")).length, 1)
})

test("all whom a retry names are tried at once, in whatever states they were", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ ...REFUSED, times: 2 })
  const id = await gateway.post({ mobiles: ["13800000066", ODD] })
  assert.deepEqual(await gateway.outcome(id), ["not_found", "invalid"])
  const outcome = await gateway.dispatcher.retry(id, ["not_found", "invalid"])
  assert.deepEqual([outcome.kind, "recipients" in outcome && outcome.recipients], ["retried", 2])
  assert.deepEqual(await gateway.outcome(id), ["not_found", "invalid"])
})

test("what cannot be an address is not tried again", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ mobiles: ["12"] })
  assert.deepEqual(await gateway.outcome(id), ["invalid"])
  assert.deepEqual(await gateway.dispatcher.retry(id, ["invalid"]), { kind: "nothing_to_retry" })
  assert.deepEqual(await gateway.states(id), ["invalid"])
})

test("a retry while a call of the message is under way waits for nothing but that call", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ ...REFUSED, times: 2 })
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 200 })
  const id = await gateway.post({ users: ["zhangsan"], mobiles: [ODD] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  assert.deepEqual((await gateway.states(id)).toSorted(), ["invalid", "pending"])
  assert.equal((await gateway.dispatcher.retry(id, ["invalid"])).kind, "retried")
  assert.deepEqual((await gateway.outcome(id)).toSorted(), ["invalid", "sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

test("a call that ends between a retry's change and the retry's end does not leave behind who came back", async () => {
  await using gateway = await startDispatch({
    wrap: (stores) => ({
      ...stores,
      outbox: {
        ...stores.outbox,
        update: async (change) => {
          const changed = await stores.outbox.update(change)
          const isOfRetry = change.updates.some(({ state }) => state === "pending")
          const hasLanded = async (): Promise<boolean> => (await gateway.attempts("msg_1"))[0]?.result === "accepted"
          if (isOfRetry) await gateway.until(hasLanded)
          for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
          return changed
        },
      },
    }),
  })
  await gateway.fault({ ...REFUSED, times: 2 })
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 200 })
  const id = await gateway.post({ users: ["zhangsan"], mobiles: [ODD] })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  assert.equal((await gateway.dispatcher.retry(id, ["invalid"])).kind, "retried")
  assert.deepEqual((await gateway.outcome(id)).toSorted(), ["invalid", "sent"])
})

test("what is in doubt is sent again only on request", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["zhangsan"], text: "CPU" }))
  await gateway.fault({ path: "message/send", kind: "reset_before" })
  const id = await gateway.post({ users: ["zhangsan"], text: "CPU" })
  assert.deepEqual(await gateway.outcome(id), ["in_doubt"])
  await gateway.dispatcher.retry(id, ["in_doubt"])
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 2)
})

test("an expired message that is retried gets a new time to expire", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
  const sendAt = gateway.clock.now()
  const id = await gateway.post({ users: ["zhangsan"], sendAt, expiresAt: sendAt + 30_000 })
  await gateway.until(async () => (await gateway.stores.apps.get("alerts"))?.pause !== undefined)
  await gateway.advance(31)
  assert.deepEqual(await gateway.outcome(id), ["expired"])
  await gateway.advance(60)
  const from = gateway.clock.now()
  assert.equal((await gateway.dispatcher.retry(id, ["expired"])).kind, "retried")
  const { expiresAt } = await gateway.summary(id)
  assert.ok(expiresAt >= from + 30_000 && expiresAt <= gateway.clock.now() + 30_000, "as long as it had at first")
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 3.6: following
test("a recall takes back every call and tells of each", async () => {
  await using gateway = await startDispatch({ simulator: { members: 1500 } })
  const users = Array.from({ length: 1500 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const id = await gateway.post({ users: [...users, "ghost"] })
  await gateway.outcome(id)
  const outcome = await gateway.dispatcher.recall(id)
  assert.equal(outcome.kind, "recalled")
  if (outcome.kind !== "recalled") return
  assert.deepEqual(
    outcome.calls.map(({ call, result }) => [call, result]),
    [
      [1, "recalled"],
      [2, "recalled"],
    ],
  )
  assert.equal(outcome.state, "failed", "one of them was never there")
  const states = await gateway.states(id)
  assert.equal(states.filter((state) => state === "recalled").length, 1500)
  assert.equal((await gateway.phone("m000001")).length, 0)
})

test("a recall cancels the unsent and takes the rest back", async () => {
  await using gateway = await startDispatch({ simulator: { members: 2500 }, settings: { concurrent_calls: 1 } })
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 150 })
  const users = Array.from({ length: 2500 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const id = await gateway.post({ users })
  await gateway.until(async () => (await gateway.calls()).length === 1)
  const outcome = await gateway.dispatcher.recall(id)
  assert.deepEqual(outcome, {
    kind: "recalled",
    state: "failed",
    cancelled: 1500,
    calls: [{ call: 1, result: "recalled", errcode: 0, errmsg: "ok" }],
  })
  assert.deepEqual(await gateway.dispatcher.recall(id), {
    kind: "recalled",
    state: "failed",
    cancelled: 0,
    calls: [{ call: 1, result: "recalled" }],
  })
})

test("who was named twice, the second time after the call had left, is recalled with the copy they got", async () => {
  await using gateway = await startDispatch({ simulator: { members: 1200 } })
  const users = Array.from({ length: 1200 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const late = await gateway.post({ users: [...users, "M000001"], mobiles: ["13900000002"] })
  await gateway.outcome(late)
  await gateway.fault({ path: "user/getuserid", kind: "http_status", status: 502 })
  const unanswered = await gateway.post({ users: ["zhangsan"], mobiles: ["13800000001"] })
  await gateway.until(async () => (await gateway.states(unanswered))[0] === "sent")
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(unanswered), ["sent", "sent"])
  for (const id of [late, unanswered]) {
    const outcome = await gateway.dispatcher.recall(id)
    assert.equal("state" in outcome && outcome.state, "recalled")
    assert.deepEqual(new Set(await gateway.states(id)), new Set(["recalled"]))
  }
  for (const user of ["m000001", "m000002", "zhangsan"]) assert.deepEqual(await gateway.phone(user), [])
  assert.equal(gateway.finished.get("recalled"), 1202 + 2, "and counted, each recipient once")
})

test("so is who was named twice in a message of so many calls that its recall takes longer than a request", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "user/getuserid", kind: "http_status", status: 502 })
  const parts = Array.from({ length: 11 }, (_, n) => JSON.stringify({ msgtype: "text", text: { content: `${n}` } }))
  const id = await gateway.post({ users: ["zhangsan"], mobiles: ["13800000001"], parts })
  await gateway.until(async () => (await gateway.states(id))[0] === "sent")
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent", "sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 11, "one copy")
  assert.equal((await gateway.dispatcher.recall(id)).kind, "recalling")
  await gateway.until(async () => (await gateway.stores.recalls.progress(id))?.endedAt !== undefined)
  assert.deepEqual(await gateway.states(id), ["recalled", "recalled"])
  assert.deepEqual(await gateway.phone("zhangsan"), [])
})

test("past 24 hours nothing is recalled", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.outcome(id)
  await gateway.advance(86_401)
  assert.deepEqual(await gateway.dispatcher.recall(id), { kind: "recall_expired" })
})

test("a message that reached no recipient has nothing to recall", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ mobiles: ["13800000099"] })
  await gateway.outcome(id)
  assert.deepEqual(await gateway.dispatcher.recall(id), { kind: "nothing_to_recall" })
})

test("all parts of a message are recalled", async () => {
  await using gateway = await startDispatch()
  const parts = ["一", "二"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
  const id = await gateway.post({ users: ["zhangsan"], parts })
  await gateway.outcome(id)
  const outcome = await gateway.dispatcher.recall(id)
  assert.equal("calls" in outcome && outcome.calls.length, 2)
  assert.deepEqual(await gateway.states(id), ["recalled"])
  assert.deepEqual(await gateway.phone("zhangsan"), [])
})

// proves 3.6: following
test("a message past its time is expired, also behind a pause or a closed lane", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 99 })
  const expiresAt = gateway.clock.now() + 30_000
  const paused = await gateway.post({ users: ["zhangsan"], expiresAt, orderKey: "k" })
  await gateway.until(async () => (await gateway.stores.apps.get("alerts"))?.pause !== undefined)
  const behind = await gateway.post({ mobiles: ["13800000001"], expiresAt, orderKey: "k" })
  await gateway.advance(31)
  assert.deepEqual(await gateway.outcome(paused), ["expired"])
  assert.deepEqual(await gateway.outcome(behind), ["expired"])
})

test("a call in doubt when its message expires is repeated to its end; the others are expired", async () => {
  await using gateway = await startDispatch()
  const users = Array.from({ length: 30 }, (_, n) => n)
  for (const n of users) await gateway.post({ users: ["lisi"], text: `${n}` })
  await gateway.until(async () => (await gateway.stats())["recipients"] === 30)
  await gateway.fault({ path: "message/send", kind: "reset_after", times: 6, match: "最后" })
  const id = await gateway.post({ users: ["zhangsan", "lisi"], text: "最后", expiresAt: gateway.clock.now() + 30_000 })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  await gateway.advance(31)
  await gateway.until(async () => (await gateway.states(id))[1] === "expired")
  assert.deepEqual(await gateway.states(id), ["pending", "expired"])
  // On a busy machine a try takes many of these rounds; after four hours it would stay in doubt.
  for (let n = 0; n < 100 && (await gateway.summary(id)).finishedAt === undefined; n++) {
    await gateway.advance(64)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
  assert.deepEqual(await gateway.outcome(id), ["sent", "expired"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

test("of a call that WeCom accepted without a msgid a recall can only say that it is unknown", async () => {
  await using gateway = await startDispatch({
    transport: (real) => ({
      ...real,
      async request(request) {
        const answer = await real.request(request)
        return request.url.pathname.endsWith("/message/send")
          ? { ...answer, body: answer.body.replace(/,"msgid":"[^"]*"/, "") }
          : answer
      },
    }),
  })
  const id = await gateway.post({ users: ["zhangsan"] })
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  const outcome = await gateway.dispatcher.recall(id)
  assert.deepEqual("calls" in outcome && outcome.calls, [{ call: 1, result: "unknown" }])
  assert.equal((await gateway.calls("message/recall")).length, 0)
})

test("a change of a card is refused with WeCom's code, and unreachable where WeCom did not answer", async () => {
  await using gateway = await startDispatch()
  const body = JSON.stringify({ response_code: "x", agentid: 1_000_002, button: { replace_name: "x" } })
  const refused = await gateway.dispatcher.updateCard("alerts", body)
  assert.ok(refused.kind === "refused" && refused.errcode !== 0, JSON.stringify(refused))
  await gateway.control("POST", "tokens/revoke")
  await gateway.fault({ path: "gettoken", kind: "errcode", errcode: 40001, times: 9 })
  await gateway.fault({ path: "message/update_template_card", kind: "errcode", errcode: 42001, times: 9 })
  const token = await gateway.dispatcher.updateCard("alerts", body)
  assert.ok(token.kind === "refused" && token.errcode === 40001, JSON.stringify(token))
  assert.deepEqual(await gateway.dispatcher.updateCard("nobody", body), { kind: "unreachable" })
})
