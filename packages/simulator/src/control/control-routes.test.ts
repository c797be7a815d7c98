import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import type { OrgDocument } from "../org/types.ts"
import { ALERTS, CORP_ID, HR, simClient, type Call, type Copy, type SimClient } from "../testing/sim-client.ts"

async function json(response: Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await response).json()) as Record<string, unknown>
}

const seqs = (items: unknown): unknown[] => (items as { seq: number }[]).map(({ seq }) => seq)

test("a phone shows its messages in order, with the request as sent and what is shown of it", async () => {
  await using sim = await simClient()
  const before = Date.now()
  const { msgid } = await sim.send({ touser: "zhangsan|lisi" })
  await sim.send({ touser: "lisi", text: { content: "second" } })
  const [first, second] = await sim.copies("LISI")
  assert.deepEqual(
    { ...first, at: "" },
    {
      seq: 2,
      userid: "lisi",
      msgid,
      agentid: ALERTS.agentid,
      at: "",
      request: { touser: "zhangsan|lisi", msgtype: "text", agentid: ALERTS.agentid, text: { content: "你好" } },
      body: { msgtype: "text", text: { content: "你好" } },
      payload: { content: "你好" },
    },
  )
  assert.deepEqual([second?.seq, second?.payload], [3, { content: "second" }])
  const at = Date.parse(first?.at ?? "")
  assert.ok(at >= before && at <= Date.now())
})

test("`after` leaves out what was seen already, also in the middle of a message", async () => {
  await using sim = await simClient()
  await sim.send({ touser: "zhangsan|lisi|007" })
  await sim.send()
  assert.deepEqual(seqs((await json(sim.control("GET", "messages?after=2")))["messages"]), [3, 4])
  assert.deepEqual(seqs((await json(sim.control("GET", "messages?after=2&userid=zhangsan")))["messages"]), [4])
  assert.deepEqual((await json(sim.control("GET", "messages?after=4")))["messages"], [])
})

test("a phone that shows nothing, or that no member has, has no messages", async () => {
  await using sim = await simClient()
  assert.deepEqual(await json(sim.control("GET", "messages?userid=ghost")), { messages: [] })
})

test("every call is in the ledger with its bytes, its answer and whom it reached", async () => {
  await using sim = await simClient()
  const body = '{ "touser":"zhangsan|ghost", "msgtype":"text","agentid":1000002,"text":{"content":"你好"} }'
  const answer = await sim.post("message/send", { access_token: await sim.token() }, body)
  const call = (await sim.calls()).at(-1)
  assert.deepEqual(call, {
    seq: 2,
    at: (call as Call & { at: string }).at,
    path: "/cgi-bin/message/send",
    query: { access_token: "***" },
    body: JSON.parse(body) as unknown,
    body_base64: Buffer.from(body).toString("base64"),
    sha256: createHash("sha256").update(body).digest("hex"),
    errcode: 0,
    answer,
    shown: ["zhangsan"],
    suppressed: [],
    dropped: [],
    fault: null,
  })
})

test("calls that were refused or unknown are in the ledger, too", async () => {
  await using sim = await simClient()
  await sim.get("agent/get")
  await fetch(`${sim.sim.url}/cgi-bin/no/such?x=1`, { method: "POST", body: "no JSON" })
  assert.deepEqual(
    (await sim.calls()).map(({ path, errcode, body }) => [path, errcode, body]),
    [
      ["/cgi-bin/agent/get", 41001, null],
      ["/cgi-bin/no/such", null, "no JSON"],
    ],
  )
  assert.deepEqual(seqs((await json(sim.control("GET", "calls?after=1")))["calls"]), [2])
})

test("calls are chosen by a part of their path, by what they answered, and as the newest few", async () => {
  await using sim = await simClient()
  await sim.send()
  await sim.send({ touser: "ghost" })
  await fetch(`${sim.sim.url}/cgi-bin/no/such`)
  await sim.post("user/getuserid", { access_token: await sim.token() }, { mobile: "13800000001" })
  const found = async (query: string): Promise<unknown> =>
    seqs((await json(sim.control("GET", `calls?${query}`)))["calls"])
  assert.deepEqual(await found("path=message/"), [2, 4])
  assert.deepEqual(await found("errcode=81013"), [4])
  assert.deepEqual(await found("errcode=refused"), [4])
  assert.deepEqual(await found("errcode=none"), [5])
  assert.deepEqual(await found("last=2"), [6, 7])
  assert.deepEqual(await found("last=0"), [])
  assert.deepEqual(await found("last=99"), [1, 2, 3, 4, 5, 6, 7])
  assert.deepEqual(await found("before=6&last=2&errcode=0"), [2, 3])
})

test("the defaults of settings are shown beside what was chosen, and follow the member cap", async () => {
  await using sim = await simClient({ settings: { long_text: "refuse" } })
  const chosen = await json(sim.control("GET", "settings"))
  await sim.org((org) => void (org.member_cap = 50))
  const defaults = await json(sim.control("GET", "settings/defaults"))
  assert.deepEqual([chosen["long_text"], defaults["long_text"]], ["refuse", "cut"])
  assert.equal((defaults["limits"] as Record<string, unknown>)["lookup_misses_per_day"], 10)
})

test("no control path but the organisation shows a secret or a token", async () => {
  await using sim = await simClient()
  const token = await sim.token()
  await sim.post("gettoken", {}, { corpid: CORP_ID, corpsecret: HR.secret })
  await sim.post("gettoken", {}, { nested: [{ corpsecret: HR.secret }] })
  await sim.post("gettoken", {}, `corpid=${CORP_ID}&corpsecret=${HR.secret}&x=1`)
  await sim.post("gettoken", {}, `{"corpsecret":"${HR.secret}`)
  await sim.post("message/recall", { access_token: token }, { access_token: token, msgid: "x" })
  await sim.send()
  for (const path of ["calls", "messages", "stats", "settings", "faults", "clock"]) {
    const text = await (await sim.control("GET", path)).text()
    const bytes = [...text.matchAll(/"body_base64":"([^"]*)"/g)].map(([, base64 = ""]) => Buffer.from(base64, "base64"))
    for (const secret of [token, ALERTS.secret, HR.secret]) {
      assert.equal(text.includes(secret), false, path)
      assert.equal(
        bytes.some((one) => one.includes(secret)),
        false,
        path,
      )
    }
  }
})

test("stats count sends, copies, tokens and look-ups", async () => {
  await using sim = await simClient()
  await sim.send({ touser: "zhangsan|lisi" })
  await sim.send({ touser: "ghost" })
  await sim.post("user/getuserid", { access_token: await sim.token() }, { mobile: "13800000001" })
  assert.deepEqual(await json(sim.control("GET", "stats")), {
    calls: 2,
    recipients: 2,
    tokens: 3,
    lookups: 1,
    suppressed: 0,
    dropped: 0,
  })
})

test("only the newest `keep` calls and messages are remembered, and null remembers all", async () => {
  await using sim = await simClient({ settings: { keep: 2 } })
  const { msgid: forgotten } = await sim.send({ text: { content: "1" } })
  for (const content of ["2", "3"]) await sim.send({ text: { content } })
  const contents = async (): Promise<unknown[]> => (await sim.copies()).map(({ payload }) => payload["content"])
  assert.deepEqual(await contents(), ["2", "3"])
  assert.equal((await sim.calls()).length, 2)
  const query = { access_token: await sim.token() }
  assert.equal((await sim.post("message/recall", query, { msgid: forgotten })).errcode, 40058)

  await sim.settings({ keep: null })
  for (const content of ["4", "5"]) await sim.send({ text: { content } })
  assert.deepEqual(await contents(), ["2", "3", "4", "5"])
  await sim.settings({ keep: 1 })
  assert.deepEqual(await contents(), ["5"])
})

test("what is forgotten gives its task_id and response_code free", async () => {
  await using sim = await simClient({ settings: { keep: 1 } })
  const card = {
    card_type: "button_interaction",
    task_id: "t1",
    main_title: { title: "?" },
    button_list: [{ text: "y", key: "y" }],
  }
  const { response_code } = await sim.send({ msgtype: "template_card", template_card: card })
  await sim.send()
  assert.equal((await sim.send({ msgtype: "template_card", template_card: card })).errcode, 0)
  const update = { agentid: ALERTS.agentid, response_code, atall: 1, button: { replace_name: "x" } }
  const query = { access_token: await sim.token() }
  assert.equal((await sim.post("message/update_template_card", query, update)).errcode, 60140)
})

test("PUT /_sim/settings changes what it names and keeps the rest", async () => {
  await using sim = await simClient()
  const before = await json(sim.control("GET", "settings"))
  const limits = before["limits"] as Record<string, unknown>
  const after = await json(sim.control("PUT", "settings", { long_text: "refuse", limits: { member_per_hour: 5 } }))
  assert.deepEqual(after, { ...before, long_text: "refuse", limits: { ...limits, member_per_hour: 5 } })
  assert.deepEqual(await json(sim.control("GET", "settings")), after)
})

test("the settings as they are read can be written back", async () => {
  await using sim = await simClient()
  const settings = await json(sim.control("GET", "settings"))
  assert.deepEqual(await json(sim.control("PUT", "settings", settings)), settings)
})

test("bad settings are refused whole, with every bad field in both languages", async () => {
  await using sim = await simClient()
  const response = await sim.control("PUT", "settings", {
    keep: 0,
    repeat_token: "yes",
    dead_token_errcode: 1,
    surprise: 1,
    long_text: "refuse",
    limits: { member_per_minute: 1.5, other: 1 },
  })
  const problem = (await response.json()) as { error: string; error_zh: string; errors: { path: string }[] }
  assert.equal(response.status, 400)
  assert.deepEqual(problem.errors.map(({ path }) => path).sort(), [
    "dead_token_errcode",
    "keep",
    "limits.member_per_minute",
    "limits.other",
    "repeat_token",
    "surprise",
  ])
  assert.match(problem.error, /keep must be an integer, at least 1, or null/)
  assert.match(problem.error_zh, /keep 必须是不小于 1 的整数，或为 null/)
  assert.equal((await json(sim.control("GET", "settings")))["long_text"], "cut")
})

for (const [method, path, body] of [
  ["PUT", "settings", "{"],
  ["PUT", "settings", "[]"],
  ["PUT", "org", "1"],
  ["POST", "clock", ""],
  ["POST", "clock", '{"advance_s":"1"}'],
  ["POST", "clock", '{"advance_s":-1}'],
  ["POST", "clock", '{"advance_s":1e300}'],
  ["POST", "clock", '{"advance_s":1,"advance_ms":1}'],
  ["GET", "messages?after=x", undefined],
  ["GET", "calls?after=-1", undefined],
  ["GET", "calls?last=few", undefined],
  ["GET", "calls?errcode=bad", undefined],
] as const) {
  test(`${method} /_sim/${path} ${body ?? ""} is refused with 400 and a problem`, async () => {
    await using sim = await simClient()
    const response = await fetch(`${sim.sim.url}/_sim/${path}`, { method, ...(body === undefined ? {} : { body }) })
    assert.equal(response.status, 400)
    assert.equal(typeof ((await response.json()) as { error: unknown }).error, "string")
  })
}

test("an unknown control path answers 404 in JSON", async () => {
  await using sim = await simClient()
  const response = await sim.control("GET", "nonsense")
  assert.deepEqual([response.status, typeof (await response.json())], [404, "object"])
})

test("the clock moves ahead, and messages carry its time", async () => {
  await using sim = await simClient()
  const answer = await json(sim.control("POST", "clock", { advance_s: 86_400.5 }))
  assert.equal(answer["ahead_s"], 86_400.5)
  const before = Date.now()
  await sim.send()
  const at = Date.parse((await sim.copies())[0]?.at ?? "") - 86_400_500
  // The simulator uses another clock of the machine than this test, so a second's difference is allowed.
  assert.ok(at > before - 1000 && at < Date.now() + 1000, `${before} ${at}`)
})

// proves 11.S20: the simulator's clock has an end
test("the clock goes to the end of the year 9999 and no further: an advance beyond it is refused and moves nothing", async () => {
  await using sim = await simClient()
  const century = 100 * 365 * 86_400
  let answer = await sim.control("POST", "clock", { advance_s: century })
  for (let n = 1; n < 100 && answer.ok; n++) answer = await sim.control("POST", "clock", { advance_s: century })
  const problem = (await answer.json()) as { error: string; error_zh: string; errors: { path: string }[] }
  assert.equal(answer.status, 400, problem.error)
  assert.deepEqual(
    problem.errors.map(({ path }) => path),
    ["advance_s"],
  )
  for (const text of [problem.error, problem.error_zh]) {
    for (const part of ["9999-12-31", "POST /_sim/reset"]) assert.ok(text.includes(part), text)
  }
  const { now, ahead_s } = await json(sim.control("GET", "clock"))
  assert.match(String(now), /^99\d\d-/)
  assert.equal(Number(ahead_s) % century, 0)

  // The time that is left before the end can still be used.
  const left = Number(/ (\d+) s /.exec(problem.error)?.[1])
  assert.equal((await sim.control("POST", "clock", { advance_s: left + 1 })).status, 400)
  assert.equal((await sim.control("POST", "clock", { advance_s: left - 3600 })).status, 200)
  assert.equal((await sim.send()).errcode, 0)
  await sim.control("POST", "reset")
  assert.equal((await sim.control("POST", "clock", { advance_s: century })).status, 200)
})

test("the organisation can be read, changed and written back whole", async () => {
  await using sim = await simClient()
  const org = await json(sim.control("GET", "org"))
  assert.deepEqual(await json(sim.control("PUT", "org", org)), org)
  const member = { userid: "new", mobile: "13900000000", departments: [2] }
  await sim.org(({ members }) => void members.push(member))
  assert.equal((await sim.send({ touser: "new" })).errcode, 0)
})

test("a member who is taken out of the organisation has left the groups of robots; one who never was in it is a fault", async () => {
  await using sim = await simClient()
  const org = (await json(sim.control("GET", "org"))) as unknown as OrgDocument
  const tags = org.tags.map((tag) => ({ ...tag, members: [] }))
  const left = { ...org, tags, members: org.members.filter(({ userid }) => userid !== "zhangsan") }
  const after = (await json(sim.control("PUT", "org", left))) as unknown as OrgDocument
  const inGroups = [...after.robots, ...after.bots.flatMap(({ groups }) => groups)].flatMap(({ members }) => members)
  assert.ok(inGroups.length > 0 && !inGroups.includes("zhangsan"))
  assert.ok(after.bots.every(({ opened_by: openedBy }) => !openedBy.includes("zhangsan")))
  const robots = [{ key: "k", members: ["stranger"] }]
  const refused = await sim.control("PUT", "org", { ...after, robots })
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /robots\[0\]\.members\[0\] names a member that does not exist/)
})

test("a bad organisation is refused whole, with every bad field", async () => {
  await using sim = await simClient()
  const response = await sim.control("PUT", "org", { members: [{ name: "x" }, { userid: "a", departments: [99] }] })
  const { errors } = (await response.json()) as { errors: { path: string }[] }
  assert.equal(response.status, 400)
  assert.deepEqual(
    errors.map(({ path }) => path).filter((path) => path.startsWith("members")),
    ["members[0].userid", "members[1].departments[0]"],
  )
  assert.equal((await sim.send()).errcode, 0)
})

test("reset brings organisation, settings and clock back and forgets everything else", async () => {
  await using sim = await simClient({ settings: { long_text: "refuse" } })
  const [org, settings] = [await json(sim.control("GET", "org")), await json(sim.control("GET", "settings"))]
  const token = await sim.token()
  const { msgid } = await sim.send({ enable_duplicate_check: 1 })
  await sim.org((one) => void one.members.push({ userid: "new" }))
  await sim.settings({ long_text: "cut", keep: 5, limits: { member_per_minute: 1 } })
  await sim.control("POST", "faults", { path: "*", kind: "reset_before" })
  await sim.advance(100)

  assert.equal((await sim.control("POST", "reset")).status, 200)
  assert.deepEqual(await json(sim.control("GET", "org")), org)
  assert.deepEqual(await json(sim.control("GET", "settings")), settings)
  assert.deepEqual((await json(sim.control("GET", "faults")))["faults"], [])
  assert.equal((await json(sim.control("GET", "clock")))["ahead_s"], 0)
  assert.deepEqual([await sim.copies(), await sim.calls()], [[], []])
  assert.equal(await tokenIsKnown(sim, token), false)
  assert.notEqual((await sim.send({ enable_duplicate_check: 1 }))["msgid"], msgid)
  assert.equal((await sim.copies()).length, 1)
})

test("numbering continues after a reset, so that a reader's `after` keeps its meaning", async () => {
  await using sim = await simClient()
  await sim.send()
  await sim.control("POST", "reset")
  await sim.send()
  assert.deepEqual(seqs((await json(sim.control("GET", "messages?after=1")))["messages"]), [2])
})

async function tokenIsKnown(sim: SimClient, access_token: string): Promise<boolean> {
  return (await sim.get("agent/get", { access_token, agentid: "1000002" })).errcode !== 40014
}

test("a long listing arrives whole", async () => {
  await using sim = await simClient({ members: 1000 })
  for (let n = 0; n < 3; n++) await sim.send({ touser: "@all" })
  const copies: Copy[] = await sim.copies()
  assert.equal(copies.length, 3 * 1004)
  assert.deepEqual(
    copies.map(({ seq }) => seq),
    Array.from({ length: copies.length }, (_, index) => index + 1),
  )
})
