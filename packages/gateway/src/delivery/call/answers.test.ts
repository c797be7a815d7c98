import assert from "node:assert/strict"
import { test } from "node:test"
import { anyText, fc } from "../../../../../tools/testing/fast-check.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

const sends = async (gateway: DispatchUnderTest): Promise<number> => (await gateway.calls()).length

const pause = (gateway: DispatchUnderTest, app = "alerts") =>
  gateway.stores.apps.get(app).then((record) => record?.pause)

// proves A1: busy
test("A1: a busy WeCom is tried three times, then left alone for ten minutes, and the message continues after that", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 4 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await sends(gateway)) === 1)
  await gateway.advance(1)
  await gateway.until(async () => (await sends(gateway)) === 2)
  await gateway.advance(2)
  await gateway.until(async () => (await sends(gateway)) === 3)
  await gateway.advance(590)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(await sends(gateway), 3)
  assert.deepEqual(await gateway.states(id), ["pending"])
  await gateway.advance(11)
  await gateway.until(async () => (await sends(gateway)) === 4)
  await gateway.advance(1)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.deepEqual(
    (await gateway.attempts(id)).map(({ result, errcode }) => [result, errcode]),
    [
      ["refused", -1],
      ["refused", -1],
      ["refused", -1],
      ["refused", -1],
      ["accepted", 0],
    ],
  )
})

// proves A2: a dead token
test("A2: a token refused under 50 calls in flight costs one gettoken, and fails no call", async () => {
  await using gateway = await startDispatch()
  await gateway.outcome(await gateway.post({ users: ["lisi"] }))
  await gateway.control("POST", "tokens/revoke")
  const ids = []
  for (let n = 0; n < 50; n++)
    ids.push(gateway.post({ users: ["lisi", "WangWu"].slice(0, 1 + (n % 2)), text: String(n) }))
  await Promise.all(
    (await Promise.all(ids)).map((id) =>
      gateway.until(
        async () =>
          (await gateway.summary(id)).finishedAt !== undefined ||
          (await gateway.recipients(id)).some(({ delayedUntil }) => delayedUntil !== undefined),
      ),
    ),
  )
  assert.equal((await gateway.calls("gettoken")).length, 2)
  assert.equal(await pause(gateway), undefined)
})

for (const errcode of [40001, 40014, 42001]) {
  // proves 11.S2: a refused token that lives
  test(`A2: one ${errcode} while gettoken repeats the token pauses no app: the call is tried once more`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "errcode", errcode, times: 1 })
    const id = await gateway.post({ users: ["zhangsan"] })
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal(await pause(gateway), undefined)
    assert.equal(await sends(gateway), 2)
  })
}

// proves A2: a dead token
test("A2: a token that is refused however fresh it is pauses the app, and fails nothing", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 40014, times: 2 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await pause(gateway)) !== undefined)
  assert.equal((await pause(gateway))?.errcode, 40014)
  assert.deepEqual(await gateway.states(id), ["pending"])
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal(await pause(gateway), undefined)
})

// proves A3: too often
test("A3: 45009 stops the app for a minute, then an hour, then until the next day, and spends no attempts", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45009, times: 3 })
  // Shortly before midnight in Beijing, recipients wait for the day after the next.
  const expiresAt = gateway.clock.now() + 3 * 86_400_000
  const id = await gateway.post({ users: ["zhangsan"], expiresAt })
  const delayedUntil = async () => (await gateway.recipients(id))[0]?.delayedUntil ?? 0
  await gateway.until(async () => (await delayedUntil()) > 0)
  assert.ok(Math.abs((await delayedUntil()) - gateway.clock.now() - 60_000) < 5000)
  const other = await gateway.post({ users: ["lisi"], expiresAt })
  await gateway.advance(50)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(await sends(gateway), 1, "no call during the block")
  await gateway.advance(11)
  await gateway.until(async () => (await delayedUntil()) > gateway.clock.now() + 600_000)
  assert.equal(await sends(gateway), 2, "one call finds out")
  assert.ok(Math.abs((await delayedUntil()) - gateway.clock.now() - 3_600_000) < 5000)
  await gateway.advance(3601)
  await gateway.until(async () => (await sends(gateway)) === 3)
  await gateway.until(async () => (await delayedUntil()) > gateway.clock.now())
  assert.equal((await delayedUntil()) % 86_400_000, 16 * 3_600_000, "midnight in Beijing")
  await gateway.advance(((await delayedUntil()) - gateway.clock.now()) / 1000 + 1)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.deepEqual(await gateway.outcome(other), ["sent"])
})

// proves A3: too often
test("A3: the other app of the corp continues meanwhile, and a restart does not forget the block", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45009 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined)
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["WangWu"], app: "hr" })), ["sent"])
  await gateway.crash()
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal((await gateway.calls()).filter(({ body }) => body["agentid"] === 1000002).length, 1)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves A4: too many at once
test("A4: too many calls at once are halved until WeCom takes them, and grow again", async () => {
  await using gateway = await startDispatch({ settings: { concurrent_calls: 16 } })
  await gateway.settings({ limits: { concurrent_calls: 4 } })
  const ids = await Promise.all(
    Array.from({ length: 60 }, (_, n) => gateway.post({ users: [n % 2 === 0 ? "lisi" : "zhangsan"], text: String(n) })),
  )
  const areFinished = async (): Promise<boolean> =>
    (await Promise.all(ids.map((id) => gateway.summary(id)))).every(({ finishedAt }) => finishedAt !== undefined)
  for (let n = 0; n < 8 || (n < 50 && !(await areFinished())); n++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    await gateway.advance(1)
  }
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  const refused = (await gateway.calls()).filter(({ errcode }) => errcode === 45033)
  assert.ok(refused.length > 0)
  assert.ok(refused.length < 60, `${refused.length}`)
  const lastRefusedAt = Math.max(...refused.map(({ seq }) => seq))
  const after = (await gateway.calls()).filter(({ seq }) => seq > lastRefusedAt)
  assert.ok(after.length > 0 && after.every(({ errcode }) => errcode === 0), "WeCom takes what is sent at once by then")
})

// proves A5: some recipients refused
test("A5: of 1,000 recipients the 17 bad ones are named, however their names are written", async () => {
  await using gateway = await startDispatch({ simulator: { members: 983 } })
  const users = Array.from({ length: 983 }, (_, index) => `M${String(index + 1).padStart(6, "0")}`)
  const ghosts = Array.from({ length: 16 }, (_, index) => `Ghost${index}`)
  const id = await gateway.post({ users: [...ghosts, ...users, "Unlicensed"] })
  const states = await gateway.outcome(id)
  assert.deepEqual(states, [...Array<string>(16).fill("invalid"), ...Array<string>(983).fill("sent"), "unlicensed"])
  const rows = await gateway.recipients(id)
  assert.equal(rows[0]?.reason, "outside_visible_range")
  assert.equal(rows.at(-1)?.reason, "no_licence")
  assert.equal((await gateway.summary(id)).state, "partly_sent")
  assert.equal(await sends(gateway), 1)
})

// proves A6: all recipients refused
test("A6: when no recipient is left, all get that result and nothing is repeated", async () => {
  await using gateway = await startDispatch()
  const id = await gateway.post({ users: ["ghost", "unlicensed"] })
  assert.deepEqual(await gateway.outcome(id), ["invalid", "unlicensed"])
  assert.equal((await gateway.recipients(id))[0]?.errcode, 81013)
  assert.equal(await sends(gateway), 1)
})

for (const errcode of [40001, 40013, 40091, 40056, 301002, 45031, 50003, 60020, 60031]) {
  // proves A7: a setting of the app
  // proves 3.test 3: faults and answers of WeCom, cut at every byte
  test(`A7: ${errcode} pauses the app, fails nothing, and it continues by itself when corrected`, async () => {
    await using gateway = await startDispatch()
    const api = [40013, 40091, 45031, 40001].includes(errcode) ? "gettoken" : "message/send"
    await gateway.fault({ path: api, kind: "errcode", errcode, times: 2 })
    const first = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await pause(gateway)) !== undefined)
    const later = await gateway.post({ users: ["lisi"] })
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.equal((await pause(gateway))?.errcode, errcode)
    assert.deepEqual(await gateway.states(first), ["pending"])
    const calls = (await gateway.calls(api)).length
    assert.equal(calls, 1, "no attempt while it is paused")
    assert.deepEqual((await gateway.summary(first)).problem?.errcode, errcode)

    await gateway.advance(61)
    await gateway.until(async () => (await gateway.calls(api)).length === 2)
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.equal((await gateway.calls(api)).length, 2, "one call a minute finds out")
    await gateway.advance(61)
    assert.deepEqual(await gateway.outcome(first), ["sent"])
    assert.deepEqual(await gateway.outcome(later), ["sent"])
    assert.equal(await pause(gateway), undefined)
    assert.equal((await gateway.summary(first)).problem, undefined)
  })
}

// proves A7: a setting of the app
test("A7: a new secret is a new chance at once", async () => {
  await using gateway = await startDispatch()
  await gateway.stores.apps.put(
    { name: "alerts", corpId: "ww0000000000000001", agentId: 1000002, settings: {}, secrets: { secret: "wrong" } },
    gateway.clock.now(),
  )
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await pause(gateway)) !== undefined)
  await gateway.stores.apps.put(
    {
      name: "alerts",
      corpId: "ww0000000000000001",
      agentId: 1000002,
      settings: {},
      secrets: { secret: "sim-secret-alerts" },
    },
    gateway.clock.now(),
  )
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

for (const errcode of [43012, 48002]) {
  test(`${errcode} fails the message it met, and no other`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "errcode", errcode })
    const first = await gateway.post({ users: ["zhangsan"] })
    assert.deepEqual(await gateway.outcome(first), ["failed"])
    assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"] })), ["sent"])
    assert.equal(await pause(gateway), undefined)
  })
}

for (const errcode of [45002, 44004, 40008]) {
  // proves A8: what WeCom finds wrong with the body
  test(`A8: ${errcode} fails at once, with the code`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "errcode", errcode })
    const id = await gateway.post({ users: ["zhangsan"] })
    assert.deepEqual(await gateway.outcome(id), ["failed"])
    const [zhangsan] = await gateway.recipients(id)
    assert.deepEqual([zhangsan?.errcode, zhangsan?.reason], [errcode, "call_refused"])
    assert.equal((await gateway.summary(id)).problem?.errcode, errcode)
  })
}

// proves A9: the warning beside a success
test("A9: WeCom's complaint about the JSON beside errcode 0 is noted with the message", async () => {
  await using gateway = await startDispatch()
  const body = { errmsg: "ok. Warning: wrong json format. hint: [1]", msgid: "m" }
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 0, body })
  const id = await gateway.post({ users: ["zhangsan"] })
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.summary(id)).problem?.code, "json_not_understood")
})

// proves A10: unknown codes and answers
test("A10: an unknown errcode is tried three times, then believed", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 9_999_999, times: 5 })
  const id = await gateway.post({ users: ["zhangsan"] })
  for (let n = 1; n <= 3; n++) {
    await gateway.until(async () => (await sends(gateway)) === n)
    await gateway.advance(4)
  }
  assert.deepEqual(await gateway.outcome(id), ["failed"])
  assert.equal((await gateway.recipients(id))[0]?.errcode, 9_999_999)
  assert.equal(await sends(gateway), 3)
})

for (const body of ['{"errcode":"0"}', "{}", "[]", "null", "", '{"errcode":0', "<html>", '{"errcode":1.5}']) {
  // proves A10: unknown codes and answers
  test(`A10: an answer of ${JSON.stringify(body)} proves nothing, and the same bytes settle it`, async () => {
    await using gateway = await startDispatch()
    await gateway.fault({ path: "message/send", kind: "http_status", status: 200, body, acts: true })
    const id = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
    await gateway.advance(2)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal((await gateway.phone("zhangsan")).length, 1)
    const [first, second] = await gateway.calls()
    assert.equal(first?.sha256, second?.sha256)
  })
}

// proves A15: answers that contradict themselves
test("A15: complaints about people who were not named are ignored, and reported", async () => {
  await using gateway = await startDispatch()
  const body = { invaliduser: "stranger|lisi", invalidparty: "77", msgid: "m" }
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 0, body })
  const id = await gateway.post({ users: ["zhangsan", "LiSi"] })
  assert.deepEqual(await gateway.outcome(id), ["sent", "invalid"])
  assert.equal(gateway.log.filter(({ sentence }) => sentence.includes("did not name")).length, 1)
})

// proves A15: answers that contradict themselves
test("A15: an answer of absurd size is no answer", async () => {
  await using gateway = await startDispatch()
  await gateway.fault({
    path: "message/send",
    kind: "http_status",
    status: 200,
    body: " ",
    bytes: 6_000_000,
    acts: true,
  })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

/** Answers as a proxy between us and WeCom may distort them, or WeCom itself may send during a fault. */
const anAnswer: fc.Arbitrary<string> = fc.oneof(
  anyText({ maxLength: 200 }),
  fc.json(),
  fc
    .record(
      {
        errcode: fc.oneof(
          fc.constantFrom(0, -1, 40014, 42001, 45009, 60020, 81013, 40003, 42014, 45033, 50001),
          fc.integer({ min: -2, max: 99_999 }),
          fc.jsonValue(),
        ),
        errmsg: fc.oneof(fc.constantFrom("ok", "hint: [", "Warning: wrong json format."), fc.jsonValue()),
        invaliduser: fc.oneof(fc.constantFrom("zhangsan", "ZHANGSAN|lisi", "|", "stranger"), fc.jsonValue()),
        unlicenseduser: fc.jsonValue(),
        invalidparty: fc.jsonValue(),
        msgid: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((answer) => JSON.stringify(answer)),
  // Complete refusals and refused people are rare among these.
  fc.constantFrom(50001, 44004, 40058, 40003).map((errcode) => JSON.stringify({ errcode, errmsg: "no" })),
  fc
    .constantFrom("zhangsan", "ZHANGSAN|lisi", "lisi|stranger")
    .map((invaliduser) => JSON.stringify({ errcode: 0, errmsg: "ok", invaliduser })),
)

function isRefusal(body: string): boolean {
  try {
    const { errcode } = JSON.parse(body) as { errcode?: unknown }
    return Number.isSafeInteger(errcode) && errcode !== 0
  } catch {
    return false
  }
}

const ANSWERS = Number(process.env["WECOM_PUSH_HOSTILE_ANSWERS"] ?? 300)

// proves A10: unknown codes and answers
// proves A15: answers that contradict themselves
test(`A10, A15: whatever ${ANSWERS} answers look like, each message ends and no recipient gets two copies`, async () => {
  const answers = new Map<string, string>()
  await using gateway = await startDispatch({
    settings: { member_per_minute: null, member_per_hour: null },
    simulator: { settings: { limits: { member_per_minute: null, member_per_hour: null } } },
    transport: (real) => ({
      ...real,
      async request(request) {
        const { url, body: sent } = request
        if (!url.pathname.endsWith("message/send") || typeof sent !== "string") return real.request(request)
        const { text } = JSON.parse(sent) as { text: { content: string } }
        const body = answers.get(text.content)
        answers.delete(text.content)
        if (body === undefined) return real.request(request)
        // A refusal has shown nothing; any other answer may follow a message that was shown.
        if (!isRefusal(body)) await real.request(request)
        return { status: 200, contentType: "application/json", body }
      },
    }),
  })
  let number = 0
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(anAnswer, async (answer) => {
      const text = `answer ${number++}`
      answers.set(text, answer)
      const id = await gateway.post({ users: ["zhangsan", "lisi"], text })
      let pollsAtRest = 0
      await gateway.until(async () => {
        if ((await gateway.summary(id)).finishedAt !== undefined) return true
        // Only while nothing is on its way: in reality half an hour does not pass during a call.
        const [waiting] = await gateway.stores.outbox.waiting("alerts", gateway.clock.now())
        pollsAtRest = waiting?.dueAt === undefined ? 0 : pollsAtRest + 1
        if (pollsAtRest < 3) return false
        pollsAtRest = 0
        // Waits for retries, pauses and 45009, until midnight if necessary.
        const until = (await gateway.recipients(id))[0]?.delayedUntil ?? 0
        await gateway.advance(Math.max(61, (until - gateway.clock.now()) / 1000 + 1))
        return false
      }, answer)
      const states = await gateway.states(id)
      for (const [index, userid] of ["zhangsan", "lisi"].entries()) {
        const copies = (await gateway.phone(userid)).filter((shown) => shown === text).length
        const state = states[index] ?? ""
        assert.ok(copies === 1 || (copies === 0 && state !== "sent"), `${userid} ${state} after ${answer}`)
        seen.set(state, (seen.get(state) ?? 0) + 1)
      }
    }),
    { numRuns: ANSWERS },
  )
  // Otherwise the answers would be too similar.
  for (const state of ["sent", "failed", "invalid"]) assert.ok((seen.get(state) ?? 0) > 0, JSON.stringify([...seen]))
})

for (const errcode of [40003, 40031, 40066, 40068, 60111, 60011]) {
  // proves 3.4: dispatch
  test(`a whole call refused with ${errcode} for one bad id is halved until that id is alone`, async () => {
    await using gateway = await startDispatch()
    const users = ["zhangsan", "lisi", "WangWu", "007", "bad"]
    await gateway.fault({ path: "message/send", kind: "errcode", errcode, match: "bad", times: 99 })
    const id = await gateway.post({ users })
    assert.deepEqual(await gateway.outcome(id), ["sent", "sent", "sent", "sent", "invalid"])
    const bad = (await gateway.recipients(id))[4]
    assert.deepEqual([bad?.reason, bad?.errcode], ["refused_alone", errcode])
    assert.ok((await sends(gateway)) <= 7)
  })
}
