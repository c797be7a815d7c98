import assert from "node:assert/strict"
import { isUtf8 } from "node:buffer"
import { test } from "node:test"
import { anyText, fc } from "../../../../../tools/testing/fast-check.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "./testing/start-gateway.ts"

const post = (gateway: TestGateway, body: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> =>
  gateway.request("/v1/messages", { body, headers })

const recipientsOf = async (gateway: TestGateway, id: string): Promise<Record<string, unknown>[]> =>
  (await gateway.request(`/v1/messages/${id}/recipients?limit=1000`)).json.items

// proves 3.2: accept
test("a message is answered 202 with its id, and can be asked about", async () => {
  await using gateway = await startTestGateway()
  const accepted = await post(gateway, aMessage())
  assert.equal(accepted.status, 202, accepted.text)
  assert.match(accepted.json.id, /^msg_[\da-f-]{36}$/)
  assert.deepEqual(accepted.json, { id: accepted.json.id, state: "queued", recipients: 1 })
  assert.equal(accepted.headers.get("location"), `/v1/messages/${accepted.json.id}`)

  const { json } = await gateway.request(`/v1/messages/${accepted.json.id}`)
  const named =
    "id app state msgtype priority order_key created_at send_at expires_at finished_at recipients calls problem delay parts"
  assert.equal(Object.keys(json).join(" "), named)
  const { total, pending, sent } = json.recipients
  assert.deepEqual([json.app, json.state, json.msgtype, json.priority], ["alerts", "queued", "text", "normal"])
  assert.deepEqual({ total, pending, sent }, { total: 1, pending: 1, sent: 0 })
  assert.equal(Date.parse(json.expires_at) - Date.parse(json.created_at), 24 * 3600_000)
  assert.equal(json.problem, null)
})

test("the app may be left out where the key reaches exactly one", async () => {
  await using gateway = await startTestGateway()
  const { app, ...message } = aMessage()
  assert.equal(app, "alerts")
  assert.equal((await post(gateway, message)).status, 202)
  await gateway.request("/v1/apps", { body: { name: "hr", corp_id: "ww1", agent_id: 1_000_003, secret: "s" } })
  const refused = await post(gateway, message)
  assert.deepEqual([refused.status, refused.json.errors[0].path], [422, "/app"])
})

// proves C1: equal posts without a key
test("C1: the same request twice without a key makes two messages", async () => {
  await using gateway = await startTestGateway()
  const [one, two] = [await post(gateway, aMessage()), await post(gateway, aMessage())]
  assert.deepEqual([one.status, two.status], [202, 202])
  assert.notEqual(one.json.id, two.json.id)
})

// proves C8: bytes that are no UTF-8
// proves 12.T5: a bad byte behind Chinese text
test("C8: every byte that is no UTF-8 is refused 400, its position named", async () => {
  await using gateway = await startTestGateway()
  const before = Buffer.from(
    '{"app":"alerts","to":{"mobiles":["13800000001"]},"msgtype":"text","text":{"content":"磁盘😀',
  )
  const bad = [
    [0x80],
    [0xbf],
    [0xc0, 0xaf],
    [0xc1, 0xbf],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5],
    [0xff],
    [0xe4, 0xb8],
  ]
  for (const bytes of bad) {
    const answer = await post(gateway, Buffer.concat([before, Buffer.from(bytes), Buffer.from('"}}')]))
    assert.deepEqual([answer.status, answer.json.code], [400, "invalid_utf8"], String(bytes))
    assert.match(answer.json.detail, new RegExp(`position ${before.length}\\b`))
  }
})

test("C8: each of the 256 bytes inside a text is answered, and never 5xx", async () => {
  await using gateway = await startTestGateway()
  const body = Buffer.from(JSON.stringify(aMessage({ text: { content: "a中b" } })))
  const middle = body.indexOf("中") + 1
  const answers = await Promise.all(
    Array.from({ length: 256 }, (_, byte) => {
      const changed = Buffer.from(body)
      changed[middle] = byte
      return post(gateway, changed)
    }),
  )
  for (const [byte, { status }] of answers.entries()) assert.equal(status, byte >= 0x80 && byte < 0xc0 ? 202 : 400)
})

// proves C8: bytes that are no UTF-8
test("C8: each of the 256 bytes at each position of a short body is answered, as UTF-8 or not, and never 5xx", async () => {
  await using gateway = await startTestGateway()
  const body = Buffer.from('{"é":"中"}')
  const changes = Array.from({ length: body.length * 256 }, (_, n) => {
    const changed = Buffer.from(body)
    changed[Math.floor(n / 256)] = n % 256
    return changed
  })
  for (let from = 0; from < changes.length; from += 256) {
    const bodies = changes.slice(from, from + 256)
    const answers = await Promise.all(bodies.map((changed) => post(gateway, changed)))
    for (const [index, { status, json }] of answers.entries()) {
      const shown = bodies[index]?.toString("hex")
      assert.equal(status, 400, shown)
      assert.equal(json.code === "invalid_utf8", !isUtf8(bodies[index] ?? body), shown)
    }
  }
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 0)
})

// proves C9: NUL and half characters
test("C9: NUL and lone surrogates are refused 400, the path named, wherever they are", async () => {
  await using gateway = await startTestGateway()
  const cases: [string, string][] = [
    ['{"app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"a\\u0000"}}', "/text/content"],
    ['{"app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"\\ud800"}}', "/text/content"],
    ['{"app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"\\udc00\\ud800"}}', "/text/content"],
    [
      '{"app":"alerts","to":{"mobiles":["1380000\\u00000001"]},"msgtype":"text","text":{"content":"a"}}',
      "/to/mobiles/0",
    ],
    ['{"order_key":"\\uDFFF","to":{"users":["a"]},"msgtype":"text","text":{"content":"a"}}', "/order_key"],
    ['{"to":{"users":["a"]},"msgtype":"text","text":{"content":"a","\\u0000":1}}', "/text"],
  ]
  for (const [body, path] of cases) {
    const answer = await post(gateway, body)
    assert.deepEqual([answer.status, answer.json.code, answer.json.errors[0].path], [400, "invalid_text", path], body)
  }
  const whole = await post(
    gateway,
    '{"app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"\\ud83d\\ude00"}}',
  )
  assert.equal(whole.status, 202, "a pair of surrogates is a character")
})

// proves C9: NUL and half characters
test("C9: any text is accepted as it is, or refused", async () => {
  await using gateway = await startTestGateway()
  await fc.assert(
    fc.asyncProperty(anyText({ minLength: 1, maxLength: 40 }), async (content) => {
      const answer = await post(gateway, aMessage({ text: { content } }))
      const isBad = content.includes("\0") || !content.isWellFormed()
      assert.equal(answer.status, isBad ? 400 : 202)
    }),
    { numRuns: 200 },
  )
})

// proves C10: lengths in bytes
test("C10: lengths are counted in UTF-8 bytes, and a text over the limit is refused with both figures", async () => {
  await using gateway = await startTestGateway()
  for (const character of ["a", "é", "中", "😀", "👩‍👩‍👧‍👦", "e\u0301"]) {
    for (const bytes of [2047, 2048]) {
      assert.equal((await post(gateway, aMessage({ text: { content: textOf(bytes, character) } }))).status, 202)
    }
    const over = await post(gateway, aMessage({ text: { content: textOf(2049, character) } }))
    const [error] = over.json.errors
    assert.deepEqual([over.status, error.path, error.code], [422, "/text/content", "too_long"])
    assert.match(error.detail, /2049.*2048/)
  }
})

// proves C10: lengths in bytes
test("C10: overflow cuts or splits what is too long, on request", async () => {
  await using gateway = await startTestGateway()
  const content = "中文。".repeat(400)
  for (const overflow of ["split", "truncate"]) {
    assert.equal((await post(gateway, aMessage({ overflow, text: { content } }))).status, 202, overflow)
  }
  const endless = await post(gateway, aMessage({ overflow: "split", text: { content: "字".repeat(80_000) } }))
  assert.deepEqual([endless.status, endless.json.errors[0].path], [422, "/overflow"])
})

// proves C12: one person named in several ways
test("C12: an address named twice has two rows, in the order of naming", async () => {
  await using gateway = await startTestGateway()
  const to = { users: ["ZhangSan", "zhangsan"], mobiles: ["13800000001", "13800000001"], departments: [2], tags: [1] }
  const { json } = await post(gateway, aMessage({ to }))
  assert.equal(json.recipients, 6)
  const rows = await recipientsOf(gateway, json.id)
  assert.deepEqual(
    rows.map(({ type, address, userid }) => [type, address, userid]),
    [
      ["user", "ZhangSan", "ZhangSan"],
      ["user", "zhangsan", "zhangsan"],
      ["mobile", "13800000001", null],
      ["mobile", "13800000001", null],
      ["department", "2", null],
      ["tag", "1", null],
    ],
  )
})

// proves C13: numbers of every form
test("C13: a mobile that cannot be one is `invalid` by itself, and the others continue", async () => {
  await using gateway = await startTestGateway()
  const good = [
    "13800000001",
    "+86 138 0000 0001",
    "１３８０００００００１",
    "138-0000-0001",
    "+85291234567",
    "008613800000001",
  ]
  const bad = [
    "",
    "1234",
    "138000000o1",
    "1".repeat(33),
    "13800000001;13800000002",
    "@all",
    "1380000000",
    "中文",
    "a|b",
    "\n",
  ]
  const { json } = await post(
    gateway,
    aMessage({ to: { mobiles: [...good, ...bad], emails: ["a@example.com", "a@", "x".repeat(60) + "@example.com"] } }),
  )
  const rows = await recipientsOf(gateway, json.id)
  const invalid = rows.filter(({ state }) => state === "invalid")
  assert.deepEqual(
    invalid.map(({ address, reason }) => [address, reason]),
    [
      ...bad.map((address) => [address, address === "1380000000" ? "impossible_mobile" : "malformed_mobile"]),
      ["a@", "malformed_email"],
      [`${"x".repeat(60)}@example.com`, "malformed_email"],
    ],
  )
  assert.ok(invalid.every(({ at }) => typeof at === "string"))
  assert.ok(rows.filter(({ state }) => state === "pending").length === good.length + 1)
})

test("C13: a message without reachable recipients is finished at once", async () => {
  await using gateway = await startTestGateway()
  const { status, json } = await post(gateway, aMessage({ to: { mobiles: ["12"] } }))
  assert.deepEqual([status, json.state], [202, "failed"])
})

// proves C14: userids that mean others
// proves 11.B21: userids that cannot be one
test("C14: a userid that would address others stops the whole request with 422, each named", async () => {
  await using gateway = await startTestGateway()
  const bad = ["a|b", "@all", "@ALL", " @all ", "张三|李四", "@all|a"]
  const answer = await post(gateway, aMessage({ to: { users: ["zhangsan", ...bad, "张三"] } }))
  assert.equal(answer.status, 422)
  assert.deepEqual(
    answer.json.errors.map(({ path }: { path: string }) => path),
    bad.map((_, index) => `/to/users/${index + 1}`),
  )
  assert.equal((await post(gateway, aMessage({ to: { users: [null] } }))).status, 400)
})

// proves 11.B21: userids that cannot be one
test("C14: a userid that cannot be one is `invalid` by itself, and the others continue", async () => {
  await using gateway = await startTestGateway()
  const bad = ["张三", "a b", "", "x".repeat(65), "a\nb", "a,b", "a;b", "<a>", "*", " zhangsan", "@all\u200B"]
  const { status, json } = await post(gateway, aMessage({ to: { users: ["zhangsan", ...bad, "lisi"] } }))
  assert.equal(status, 202)
  const rows = await recipientsOf(gateway, json.id)
  assert.deepEqual(
    rows.map(({ address, state, userid, reason }) => [address, state, userid, reason]),
    [
      ["zhangsan", "pending", "zhangsan", null],
      ...bad.map((address) => [address, "invalid", null, "malformed_userid"]),
      ["lisi", "pending", "lisi", null],
    ],
  )
  assert.ok(rows.filter(({ state }) => state === "invalid").every(({ at }) => typeof at === "string"))
  assert.equal((await post(gateway, aMessage({ to: { users: ["张三"] } }))).json.state, "failed")
})

// proves C14: userids that mean others
test("C14: everybody is reached by all alone and only with scope send_all", async () => {
  await using gateway = await startTestGateway()
  assert.equal((await post(gateway, aMessage({ to: { all: true } }))).status, 202)
  const mixed = await post(gateway, aMessage({ to: { all: true, users: ["a"] } }))
  assert.deepEqual([mixed.status, mixed.json.errors[0].path], [422, "/to/users"])
  const { json } = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["send"], apps: "all" } })
  const refused = await gateway.request("/v1/messages", { key: json.key, body: aMessage({ to: { all: true } }) })
  assert.deepEqual([refused.status, refused.json.code], [403, "insufficient_scope"])
  assert.match(refused.json.detail, /send_all/)
  const notice = { appid: "wx1", title: "标题标题", content_item: [] }
  const odd = await post(
    gateway,
    aMessage({ to: { all: true }, msgtype: "miniprogram_notice", text: undefined, miniprogram_notice: notice }),
  )
  assert.deepEqual([odd.status, odd.json.errors[0].path], [422, "/to/all"])
})

const NOON = Date.parse("2026-11-25T12:00:00+08:00")

// proves C15: times to send at
test("C15: send_at takes any zone, up to 5 minutes past as now, and at most 365 days ahead", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const cases: [string, number, string | undefined][] = [
    ["2026-11-25T04:00:01Z", 202, "scheduled"],
    ["2026-11-25T12:00:01+08:00", 202, "scheduled"],
    ["2026-11-24T20:00:01.5-08:00", 202, "scheduled"],
    ["2026-11-25t04:00:00z", 202, "queued"],
    ["2026-11-25T03:55:00Z", 202, "queued"],
    ["2026-11-25T03:54:59Z", 422, undefined],
    ["2027-11-25T04:00:00Z", 202, "scheduled"],
    ["2027-11-25T04:00:01Z", 422, undefined],
    ["2036-11-25T04:00:00Z", 422, undefined],
    ["2028-02-29T04:00:00Z", 422, undefined],
    ["2027-02-28T23:59:59-12:00", 202, "scheduled"],
    ["2027-02-29T04:00:00Z", 422, undefined],
    ["2027-02-30T04:00:00Z", 422, undefined],
    ["2027-13-01T04:00:00Z", 422, undefined],
    ["2027-01-01T24:00:00Z", 422, undefined],
    ["2027-01-01T04:00:00", 422, undefined],
    ["2027-01-01T04:00:00+0800", 422, undefined],
    ["2027-01-01", 422, undefined],
    ["tomorrow", 422, undefined],
    ["", 422, undefined],
    ["1764043200000", 422, undefined],
  ]
  for (const [send_at, status, state] of cases) {
    const answer = await post(gateway, aMessage({ send_at }))
    assert.deepEqual([answer.status, answer.json.state], [status, state], send_at)
    if (status === 422) assert.equal(answer.json.errors[0].path, "/send_at", send_at)
  }
})

// proves 28.day: a day that is not there
test("of 30 February it is said that there is no such day, in a body and in a query", async () => {
  await using gateway = await startTestGateway()
  const { json } = await post(gateway, aMessage({ send_at: "2027-02-30T04:00:00Z" }))
  assert.match(json.detail, /^\/send_at names 2027-02-30, a day that the calendar does not have/)
  const listed = await gateway.request("/v1/messages?since=2027-02-30T04:00:00Z")
  assert.equal(listed.status, 422)
  assert.match(listed.json.detail, /names 2027-02-30, a day that the calendar does not have/)
})

// proves C15: times to send at
test("C15: expires_at lies after send_at and ahead", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const past = await post(gateway, aMessage({ expires_at: "2026-11-25T11:59:59+08:00" }))
  assert.deepEqual([past.status, past.json.errors[0].path], [422, "/expires_at"])
  const early = await post(
    gateway,
    aMessage({ send_at: "2026-11-26T12:00:00+08:00", expires_at: "2026-11-26T12:00:00+08:00" }),
  )
  assert.deepEqual([early.status, early.json.errors[0].path], [422, "/expires_at"])
  assert.equal((await post(gateway, aMessage({ expires_at: "2026-11-25T12:00:01+08:00" }))).status, 202)
  const scheduled = await post(gateway, aMessage({ send_at: "2026-11-26T12:00:00+08:00" }))
  const { json } = await gateway.request(`/v1/messages/${scheduled.json.id}`)
  assert.equal(json.expires_at, "2026-11-27T04:00:00.000Z", "24 hours after send_at unless said otherwise")
})

test("faults of send_at and expires_at are answered beside all other faults of the request", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const stale = { send_at: "2026-11-25T11:00:00+08:00", expires_at: "2026-11-25T11:30:00+08:00" }
  const times = ["/send_at not_allowed", "/expires_at not_allowed"]
  const cases: [what: string, changes: Record<string, unknown>, status: number, faults: string[]][] = [
    ["content", { ...stale, text: { content: "" } }, 422, ["/text/content empty", ...times]],
    ["audience", { ...stale, to: {} }, 422, ["/to required", ...times]],
    ["a field of ours", { ...stale, priority: "hgih" }, 422, ["/priority not_allowed", ...times]],
    ["a misspelt field", { ...stale, prority: "high" }, 400, ["/prority unknown_field", ...times]],
    ["one time is none", { ...stale, send_at: "tomorrow" }, 422, ["/send_at bad_format", "/expires_at not_allowed"]],
    ["both", { send_at: "tomorrow", priority: 1 }, 400, ["/priority wrong_type", "/send_at bad_format"]],
    ["an app that is not there", { ...stale, app: "nope" }, 404, ["/app unknown_app", ...times]],
    ["else", { ...stale, else: "hr" }, 422, ["/else not_supported", ...times]],
    [
      "a file that is not there, and else",
      { ...stale, else: "hr", msgtype: "image", text: undefined, image: { media_id: `med_${"0".repeat(36)}` } },
      422,
      ["/else not_supported", "/image/media_id unknown_media", ...times],
    ],
  ]
  for (const [what, changes, status, faults] of cases) {
    const answer = await post(gateway, aMessage(changes))
    const found = answer.json.errors?.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`)
    assert.deepEqual([answer.status, found], [status, faults], what)
  }
  const batch = await gateway.request("/v1/messages/batch", { body: [aMessage({ ...stale, app: "nope" })] })
  assert.equal(batch.json[0].problem.errors.length, 3)
})

// proves C16: nesting
test("C16: JSON deeper than 32 levels is refused 400, a hundred thousand of them too", async () => {
  await using gateway = await startTestGateway()
  for (const depth of [33, 100, 100_000, 1_000_000]) {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const answer = await post(gateway, `${open.repeat(depth)}1${close.repeat(depth)}`)
      assert.deepEqual([answer.status, answer.json.code], [400, "too_deep"], `${depth} × ${open}`)
    }
  }
  const quoted = await post(gateway, aMessage({ text: { content: "[".repeat(100) } }))
  assert.equal(quoted.status, 202, "brackets inside a text are text")
})

// proves C17: names and numbers of an odd kind
// proves row 21: prototypes
// proves 12.T6: an unknown field is reported once
test("C17, row 21: names of the prototype are names like any other, and nothing sticks", async () => {
  await using gateway = await startTestGateway()
  const bodies = [
    '{"__proto__":{"admin":true},"app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"a"}}',
    '{"constructor":{"prototype":{"admin":true}},"app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"a"}}',
    '{"app":"alerts","to":{"users":["a"],"__proto__":{"admin":true}},"msgtype":"text","text":{"content":"a"}}',
    '{"app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"a","__proto__":{"admin":true}}}',
  ]
  for (const body of bodies) {
    const answer = await post(gateway, body)
    assert.deepEqual([answer.status, answer.json.code], [400, "unknown_field"], body)
    assert.match(answer.json.errors[0].path, /__proto__|constructor/)
    assert.equal(answer.json.errors.length, 1, `each is reported once: ${body}`)
  }
  const others: [string, unknown][] = [
    ["/v1/keys", '{"__proto__":{"scopes":["admin"]},"name":"a","scopes":["send"],"apps":"all"}'],
    ["/v1/apps", '{"__proto__":{},"name":"a","corp_id":"w","agent_id":1,"secret":"s"}'],
    ["/v1/lookup", '{"__proto__":{},"mobile":"13800000001"}'],
  ]
  for (const [path, body] of others) assert.equal((await gateway.request(path, { body })).status, 400, path)
  assert.equal((await gateway.request("/v1/messages?__proto__[admin]=1")).status, 400)
  assert.equal(({} as Record<string, unknown>)["admin"], undefined)
})

// proves C17: names and numbers of an odd kind
test("C17: of a name that occurs twice the last value counts", async () => {
  await using gateway = await startTestGateway()
  const answer = await post(
    gateway,
    '{"app":"nope","app":"alerts","to":{"users":["a"]},"msgtype":"text","text":{"content":"a"}}',
  )
  assert.equal(answer.status, 202)
})

// proves C17: names and numbers of an odd kind
test("C17: numbers beyond all bounds are refused", async () => {
  await using gateway = await startTestGateway()
  for (const number of ["1e999", "-1e999", "9007199254740993", "0", "-1", "1.5"]) {
    const answer = await post(
      gateway,
      `{"app":"alerts","to":{"departments":[${number}]},"msgtype":"text","text":{"content":"a"}}`,
    )
    assert.deepEqual([answer.status, answer.json.errors[0].path], [422, "/to/departments/0"], number)
  }
})

// proves row 22: read-only fields
// proves 3.bad 3: nothing half accepted
test("row 22: unknown and read-only fields are refused 400 and named, all of them at once", async () => {
  await using gateway = await startTestGateway()
  const extra = {
    id: "msg_1",
    state: "sent",
    app_id: 1,
    touser: "@all",
    agentid: 1_000_002,
    key_id: "key_1",
    idempotency_key: "k",
  }
  const answer = await post(gateway, aMessage(extra))
  assert.deepEqual([answer.status, answer.json.code], [400, "unknown_field"])
  assert.deepEqual(
    answer.json.errors.map(({ path }: { path: string }) => path).toSorted(),
    Object.keys(extra)
      .map((name) => `/${name}`)
      .toSorted(),
    "each is reported once",
  )
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 0)
})

test("a value of the wrong form is refused in words, not by a pattern", async () => {
  await using gateway = await startTestGateway()
  const app = { corp_id: "a b", agent_id: 1, secret: "s", callback_token: "a b", encoding_aes_key: "a b" }
  for (const [url, body, path, en, zh] of [
    ["/v1/messages?limit=abc", undefined, "limit", "a whole number from 1 to 1000", " 1 到 1000 的整数"],
    ["/v1/messages?limit=1.5", undefined, "limit", "a whole number from 1 to 1000", " 1 到 1000 的整数"],
    ["/v1/messages?limit=12345678901", undefined, "limit", "a whole number from 1 to 1000", " 1 到 1000 的整数"],
    ["/v1/apps/alerts/tags/x", undefined, "id", "a whole number", "整数"],
    ["/v1/apps/alerts/members?department=x", undefined, "department", "a whole number", "整数"],
    ["/v1/apps", { ...app, name: "Alerts" }, "/name", /^1 to 63 of a-z/, /^ 1 到 63 个 a-z/],
    ["/v1/apps", { ...app, name: "a" }, "/corp_id", "1 to 64 letters, digits, - and _", /^ 1 到 64 个字母/],
    ["/v1/apps", { ...app, name: "a" }, "/callback_token", "1 to 32 letters and digits", " 1 到 32 个字母和数字"],
    ["/v1/apps", { ...app, name: "a" }, "/encoding_aes_key", "43 letters and digits", " 43 个字母和数字"],
    [
      "/v1/keys",
      { name: "k", forward: ["/user/get"] },
      "/forward/0",
      /^a path below \/cgi-bin\//,
      /^ \/cgi-bin\/ 之下/,
    ],
  ] as const) {
    for (const [language, form] of [
      ["en", en],
      ["zh-CN", zh],
    ] as const) {
      const headers = { "accept-language": language }
      const { status, json } = await gateway.request(url, { ...(body !== undefined && { body }), headers })
      assert.equal(status, 422, url)
      const fault = json.errors.find((one: { path: string }) => one.path === path)
      assert.equal(fault?.code, "bad_format", JSON.stringify(json))
      const words = language === "en" ? /^\S+ must be (.*); correct it\.$/ : /^\S+ 应为(.*)，请改正。$/
      const said = words.exec(fault.detail)?.[1] ?? fault.detail
      if (typeof form === "string") assert.equal(said, form)
      else assert.match(said, form)
    }
  }
})

// proves row 23: values of another type
test("row 23: repeated parameters and values of another type are refused 400", async () => {
  await using gateway = await startTestGateway()
  assert.equal((await gateway.request("/v1/messages?limit=1&limit=2")).status, 400)
  const wrong = [
    aMessage({ app: ["alerts"] }),
    aMessage({ to: [] }),
    aMessage({ to: { mobiles: "13800000001" } }),
    aMessage({ to: { mobiles: [13_800_000_001] } }),
    aMessage({ to: { all: 1 } }),
    aMessage({ to: { all: "true" } }),
    aMessage({ priority: 1 }),
    aMessage({ send_at: 1_764_043_200 }),
    aMessage({ text: "磁盘 91%" }),
    aMessage({ text: { content: ["a"] } }),
    aMessage({ safe: "0" }),
    aMessage({ safe: true }),
    aMessage({ order_key: {} }),
    [aMessage()],
    "a string",
    5,
    null,
    true,
  ]
  for (const body of wrong) {
    const answer = await post(gateway, JSON.stringify(body))
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.equal(answer.json.code, "wrong_type", JSON.stringify(body))
  }
})

// proves row 25: SQL in fields
test("row 25: SQL in any field is text", async () => {
  await using gateway = await startTestGateway()
  const sql = "'; drop table messages; --"
  const { json } = await post(gateway, aMessage({ to: { mobiles: [sql] }, order_key: sql, text: { content: sql } }), {
    "idempotency-key": "';--",
  })
  assert.equal((await recipientsOf(gateway, json.id))[0]?.["address"], sql)
  for (const path of [`/v1/messages?app=${encodeURIComponent(sql)}`, `/v1/messages/${encodeURIComponent(sql)}`]) {
    assert.equal((await gateway.request(path)).status, 404)
  }
  for (const cursor of [sql, "0", "_", "msg_1", "%F0%9F%98%80", "x".repeat(200)]) {
    const answer = await gateway.request(`/v1/messages?cursor=${encodeURIComponent(cursor)}`)
    assert.deepEqual([answer.status, answer.json.errors[0].path], [422, "cursor"], cursor)
  }
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 1)
})

// proves row 30: line breaks on their way to a header
test("row 30: line breaks in keys and ids never reach a header", async () => {
  await using gateway = await startTestGateway()
  for (const id of ["msg_1%0d%0aX-Evil:%201", "msg_1%00", "..%2f..%2fetc"]) {
    const answer = await gateway.request(`/v1/messages/${id}`)
    assert.equal(answer.status, 404)
    assert.equal(answer.headers.get("x-evil"), null)
  }
  const answer = await gateway.request("/healthz", { headers: { "x-request-id": "a b\tc" } })
  assert.match(answer.headers.get("x-request-id") ?? "", /^[\da-f-]{36}$/)
})

// proves row 26: paths in names
test("rows 26 and 47: there are no files to walk to, and nothing of the inside is served", async () => {
  await using gateway = await startTestGateway()
  const files = "/docs/..%2f..%2fpackage.json /docs/%2e%2e/package.json /docs/scalar.js%00.html /docs//etc/passwd"
  const insides = "/.git/config /debug /debug/pprof /main.ts /main.js.map /package.json /v1/media/../../x"
  for (const path of `${files} ${insides}`.split(" ")) {
    const { status, text } = await gateway.request(path, { key: null })
    assert.ok(status === 404 || status === 400, `${path} ${status}`)
    assert.match(text, /problem/)
  }
  assert.equal((await gateway.request("/metrics", { key: null })).status, 401)
})

test("paths of later versions are 404", async () => {
  await using gateway = await startTestGateway()
  for (const path of ["/v1/webhooks", "/v2/messages"]) {
    const answer = await gateway.request(path, { body: {} })
    assert.deepEqual([answer.status, answer.json.code], [404, "no_such_path"], path)
  }
})

test("only JSON in UTF-8 is read", async () => {
  await using gateway = await startTestGateway()
  const body = JSON.stringify(aMessage())
  const types: [string, number][] = [
    ["application/json", 202],
    ["application/json; charset=utf-8", 202],
    ['Application/JSON;charset="UTF-8"', 202],
    ["application/vnd.api+json", 202],
    ["application/json; charset=gbk", 415],
    ["application/jsonx", 415],
    ["text/plain", 415],
    ["text/json", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    ["application/x-ndjson", 415],
    ["nonsense", 415],
  ]
  for (const [type, status] of types) {
    const answer = await post(gateway, body, { "content-type": type })
    assert.equal(answer.status, status, type)
    if (status === 415) assert.equal(answer.json.code, "unsupported_media_type", type)
  }
})

test("JSON that cannot be read names the place and repeats nothing of the body", async () => {
  await using gateway = await startTestGateway()
  const answer = await post(gateway, '{\n  "to": {"mobiles": ["13800000001" "x"]}}')
  assert.deepEqual([answer.status, answer.json.code], [400, "invalid_json"])
  assert.match(answer.json.detail, /line 2, column 36/)
  assert.doesNotMatch(answer.text, /13800000001/)
  for (const body of ["", "{", "nul", "{'a':1}", "[1,]", '{"a":1}x', "\u0000", '"\u0001"']) {
    assert.equal((await post(gateway, body)).status, 400, body)
  }
  const marked = await post(gateway, Buffer.from(`\uFEFF${JSON.stringify(aMessage())}`))
  assert.equal(marked.status, 202, "a byte order mark is no fault of the message")
})

// proves 3.bad 1: problems that name field and remedy
test("every fault of a message is named at once", async () => {
  await using gateway = await startTestGateway()
  const answer = await post(gateway, {
    app: "alerts",
    to: { users: ["a|b"], tags: [0] },
    msgtype: "textcard",
    textcard: { title: "", description: "x", url: "ftp://x" },
    priority: "urgent",
    order_key: "",
    overflow: "cut",
    enable_duplicate_check: 2,
    duplicate_check_interval: 99_999,
  })
  assert.equal(answer.status, 422)
  const paths = answer.json.errors.map(({ path }: { path: string }) => path).toSorted()
  const own = "/duplicate_check_interval /enable_duplicate_check /order_key /overflow /priority"
  assert.equal(paths.join(" "), `${own} /textcard/title /textcard/url /to/tags/0 /to/users/0`)
})

// proves 3.bad 1: problems that name field and remedy
test("problems speak the language that is asked for", async () => {
  await using gateway = await startTestGateway()
  for (const [accept, language] of [
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
    ["en;q=0.5, zh;q=0.6", "zh"],
    ["fr, en;q=0.1", "en"],
    ["de", "en"],
    ["zh;q=0", "en"],
  ] as const) {
    const answer = await post(gateway, aMessage({ text: { content: "" } }), { "accept-language": accept })
    assert.equal(answer.headers.get("content-language"), language, accept)
    for (const field of ["title", "detail", "hint"]) {
      assert.equal(/[\u4e00-\u9fff]/.test(answer.json[field]), language === "zh", `${accept} ${field}`)
    }
  }
})

// proves U17: hours without WeCom
test("U17: a backlog at its limit closes the door with 503, and nothing else", async () => {
  await using gateway = await startTestGateway({
    environment: {
      WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
      WECOM_PUSH_BACKLOG_LIMIT: "3",
      WECOM_PUSH_BACKLOG_SHARE_PERCENT: "100",
    },
  })
  for (let n = 0; n < 3; n++) assert.equal((await post(gateway, aMessage())).status, 202)
  const refused = await post(gateway, aMessage())
  assert.deepEqual([refused.status, refused.json.code, refused.headers.get("retry-after")], [503, "backlog_full", "30"])
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 3)
})

test("every answer carries the headers that keep browsers from harm, and its request's id", async () => {
  await using gateway = await startTestGateway()
  for (const path of ["/healthz", "/v1/messages", "/nope", "/docs"]) {
    const { headers } = await gateway.request(path, { headers: { "x-request-id": "trace-1" } })
    assert.equal(headers.get("x-content-type-options"), "nosniff", path)
    assert.equal(headers.get("referrer-policy"), "no-referrer", path)
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/, path)
    assert.equal(headers.get("strict-transport-security"), null, path)
    assert.equal(headers.get("x-request-id"), "trace-1", path)
  }
  assert.equal((await gateway.request("/v1/messages")).headers.get("cache-control"), "no-store")
})

/** A text of this many bytes, filled up with letters. */
function textOf(bytes: number, character: string): string {
  const size = Buffer.byteLength(character)
  return character.repeat(Math.floor(bytes / size)) + "a".repeat(bytes % size)
}
