import assert from "node:assert/strict"
import { request } from "node:http"
import type { RequestOptions } from "node:http"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { anyText, fc } from "../../../../../tools/testing/fast-check.ts"
import { ADMIN_KEY, ALERTS, CORP_ID, startCompat } from "./testing/compat-under-test.ts"
import type { CompatUnderTest, Reply } from "./testing/compat-under-test.ts"

const PATHS = [
  "gettoken",
  "message/send",
  "message/recall",
  "message/update_template_card",
  "user/getuserid",
  "user/get_userid_by_email",
  "media/upload",
  "agent/get",
]

// proves 3.7: the paths of qyapi
test("any other path is 48002, and without a token 41001; other verbs than WeCom's are 404", async () => {
  await using compat = await startCompat()
  const access_token = await compat.token((await compat.key()).key)
  for (const path of ["media/get", "message/sends", "user/get", "", "Message/Send"]) {
    assert.equal((await compat.get(path, { access_token })).errcode, 48002, path)
    assert.equal((await compat.post(path, { access_token })).errcode, 48002, path)
    assert.equal((await compat.get(path)).errcode, 41001, path)
    assert.equal((await compat.ask(path, { method: "OPTIONS" })).status, 404, path)
  }
})

// proves 11.B13: empty 404s
test("48002 of a path says in its text and in the log what to do, and neither holds a token", async () => {
  await using compat = await startCompat()
  const access_token = await compat.token((await compat.key()).key)
  for (const [path, advice] of [
    [
      "user/get",
      /\/cgi-bin\/user\/get is not served; .*for keys that list it in forward\. Served .*gettoken.*media\/upload/,
    ],
    ["message/delete", /\/cgi-bin\/message\/delete is not served; the gateway never passes it on/],
    ["Message/Send", /; write \/cgi-bin\/message\/send/],
    ["cgi-bin/gettoken", /; write \/cgi-bin\/gettoken/],
  ] as const) {
    const { errmsg } = await compat.get(path, { access_token })
    assert.match(errmsg, advice)
    const line = compat.gateway.logLines.findLast((one) => one.includes("unknown path")) ?? "{}"
    assert.match(JSON.parse(line).advice, advice)
    assert.equal(JSON.parse(line).method, "GET")
    assert.ok(!(errmsg + line).includes(access_token))
  }
})

// proves 11.B2: odd request targets
test("slashes too many and the whole address as target lead to the same path, and HEAD is a GET without a body", async () => {
  await using compat = await startCompat()
  const { host, port, hostname } = new URL(compat.gateway.url)
  const query = new URLSearchParams({ access_token: await compat.token(), agentid: String(ALERTS.agentid) }).toString()
  for (const path of [
    `/cgi-bin/agent/get?${query}`,
    `//cgi-bin/agent/get?${query}`,
    `/cgi-bin//agent///get/?${query}`,
    `http://${host}/cgi-bin/agent/get?${query}`,
    `http://${host}//cgi-bin/agent/get//?${query}`,
  ]) {
    for (const method of ["GET", "HEAD"]) {
      const { status, errcode, text } = await askRaw({ host: hostname, port, path, method })
      assert.deepEqual([status, errcode], [200, "0"], `${method} ${path}`)
      assert.equal(text === "", method === "HEAD")
    }
  }
})

test("a wrong method gets an errcode", async () => {
  await using compat = await startCompat()
  const query = `access_token=${await compat.token()}`
  for (const [path, method, errcode] of [
    ["message/send", "GET", 40058],
    ["message/recall", "PUT", 40058],
    ["user/getuserid", "GET", 40003],
    ["agent/get", "POST", 40058],
    ["gettoken", "DELETE", 40058],
  ] as const) {
    assert.equal(errcodeOf(await compat.ask(`${path}?${query}`, { method })), errcode, `${method} ${path}`)
  }
})

test("every answer is 200, JSON in UTF-8, with code and text in headers too", async () => {
  await using compat = await startCompat()
  const { status, headers, text } = await compat.ask(`gettoken?corpid=${CORP_ID}&corpsecret=x`)
  const { errcode, errmsg } = JSON.parse(text)
  assert.equal(status, 200)
  assert.equal(headers.get("content-type"), "application/json; charset=UTF-8")
  assert.deepEqual([headers.get("error-code"), headers.get("error-msg")], [String(errcode), errmsg])
  assert.equal(headers.get("cache-control"), "no-store")
})

test("a text of WeCom's in Chinese does not break the header that repeats it", async () => {
  await using compat = await startCompat()
  await compat.sim.control("POST", "faults", {
    path: "message/send",
    kind: "http_status",
    status: 200,
    body: { errcode: 40058, errmsg: "参数错误\r\nset-cookie: a=b" },
  })
  const token = await compat.token()
  const body = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "x" } }
  const { headers, text } = await compat.ask(`message/send?access_token=${token}`, {
    method: "POST",
    body: JSON.stringify(body),
  })
  assert.equal(JSON.parse(text).errcode, 40058)
  assert.match(JSON.parse(text).errmsg, /^参数错误/)
  assert.equal(headers.get("set-cookie"), null)
  assert.match(headers.get("error-msg") ?? "", /^\?{4}/)
})

test("bodies are JSON whatever their Content-Type says, or without one", async () => {
  await using compat = await startCompat()
  const query = `access_token=${await compat.token()}`
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "no/such/ type;;",
    "",
  ]) {
    const { text } = await compat.ask(`user/getuserid?${query}`, {
      method: "POST",
      headers: { "content-type": type },
      body: '{"mobile":"13800000001"}',
    })
    assert.equal(JSON.parse(text).userid, "zhangsan", type)
  }
})

test("a byte order mark does not matter", async () => {
  await using compat = await startCompat()
  const answer = await compat.call("user/getuserid", '\uFEFF{"mobile":"13800000001"}')
  assert.equal(answer.errcode, 0)
})

test("of a parameter that is given twice the first counts", async () => {
  await using compat = await startCompat()
  const query = `agentid=${ALERTS.agentid}&agentid=1&access_token=${await compat.token()}&access_token=x`
  assert.equal(errcodeOf(await compat.ask(`agent/get?${query}`)), 0)
})

test("a body without end, a compressed one and one nested without end are refused by errcode", async () => {
  await using compat = await startCompat()
  const path = `message/send?access_token=${await compat.token()}`
  const large = await compat.ask(path, { method: "POST", body: `{"x":"${"x".repeat(8 * 1024 * 1024)}"}` })
  const packed = await compat.ask(path, { method: "POST", headers: { "content-encoding": "gzip" }, body: "x" })
  const deep = await compat.ask(path, { method: "POST", body: "[".repeat(100_000) })
  assert.deepEqual([large, packed, deep].map(errcodeOf), [40206, 40058, 40058])
})

test("while too many messages wait it answers -1, says so, and accepts nothing", async () => {
  await using compat = await startCompat({
    environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY, WECOM_PUSH_BACKLOG_LIMIT: "1", LOG_LEVEL: "info" },
  })
  const later = { app: "alerts", to: { users: ["lisi"] }, msgtype: "text", text: { content: "x" } }
  const sendAt = new Date(Date.now() + 3_600_000).toISOString()
  const accepted = await compat.gateway.request("/v1/messages", { body: { ...later, send_at: sendAt } })
  assert.equal(accepted.status, 202, accepted.text)

  const answer = await compat.send()

  assert.equal(answer.errcode, -1)
  assert.match(answer.errmsg, /Too many messages are waiting/)
  assert.equal((await compat.gateway.request("/v1/messages")).json.items.length, 1)
})

test("while another program holds the database it answers -1, says so, and accepts nothing", async () => {
  await using compat = await startCompat()
  const token = await compat.token()
  const body = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "x" } }
  {
    using other = new DatabaseSync(compat.gateway.folder.file())
    other.exec("begin immediate")
    const answer = await compat.post("message/send", { access_token: token }, body)
    assert.equal(answer.errcode, -1)
    assert.match(answer.errmsg, /Another program has locked the gateway's database\..* Nothing was accepted\./)
    const path = `message/send?access_token=${token}`
    const { headers } = await compat.ask(path, { method: "POST", body: JSON.stringify(body) })
    assert.ok(Number(headers.get("retry-after")) > 0, "the text speaks of it")
  }
  assert.deepEqual((await compat.gateway.request("/v1/messages")).json.items, [])
  assert.equal((await compat.post("message/send", { access_token: token }, body)).errcode, 0)
})

test("a key over its rate gets 45009; others are not", async () => {
  // The clock does not move: with time the key would be allowed more.
  const at = Date.now()
  await using compat = await startCompat({ limits: { requestsPerSecond: 1 }, now: () => at })
  const [one, other] = [await compat.key(), await compat.key()]
  const tokens = [await compat.token(one.key), await compat.token(other.key)]
  const get = (token = "") => compat.get("agent/get", { access_token: token, agentid: String(ALERTS.agentid) })
  const errcodes = []
  for (let index = 0; index < 11; index++) errcodes.push((await get(tokens[0])).errcode)
  assert.deepEqual(errcodes, [...Array(10).fill(0), 45009])
  assert.equal((await get(tokens[1])).errcode, 0)
})

// proves 28.rate: one rate for a key
test("the rate of a key counts once for /v1 and the paths of qyapi together", async () => {
  // The clock does not move: with time the key would be allowed more.
  const at = Date.now()
  await using compat = await startCompat({ limits: { requestsPerSecond: 1 }, now: () => at })
  const { key } = await compat.key({ scopes: ["send", "read"] })
  const token = await compat.token(key)
  const get = () => compat.get("agent/get", { access_token: token, agentid: String(ALERTS.agentid) })
  const list = async () => (await compat.gateway.request("/v1/messages", { key })).status
  const ask = async () => [await list(), (await get()).errcode]
  for (let index = 0; index < 5; index++) assert.deepEqual(await ask(), [200, 0])
  assert.deepEqual(await ask(), [429, 45009])
})

test("while the gateway stops it answers -1, and what came before is answered and holds the stop up no longer", async () => {
  await using compat = await startCompat()
  const token = await compat.token()
  await compat.sim.control("POST", "faults", { path: "message/send", kind: "slow", delay_ms: 500 })
  const sending = compat.send()
  while ((await compat.sim.calls()).every(({ path }) => path !== "/cgi-bin/message/send")) await sleep(5)
  const startedAt = performance.now()
  const stopping = compat.gateway.stop(170_000)
  // A connection that is open already may still send a request.
  const late = await compat.ask(`agent/get?access_token=${token}&agentid=1000002`).catch(() => undefined)
  assert.ok(late === undefined || errcodeOf(late) === -1)
  assert.equal((await sending).errcode, 0)
  await stopping
  assert.ok(performance.now() - startedAt < 60_000)
})

test("an audit trail is kept of who used what, and of what was refused for want of a right", async () => {
  await using compat = await startCompat()
  const { id, key } = await compat.key()
  await compat.send({ touser: "@all" }, key)
  await compat.gateway.stop()
  await using again = await startCompat({ folder: compat.gateway.folder })
  const { json } = await again.gateway.request("/v1/audit")
  const actions = json.items.filter(({ actor }: { actor: string }) => actor === id)
  assert.deepEqual(actions.map(({ action }: { action: string }) => action).toSorted(), [
    "key.used",
    "permission.denied",
  ])
})

// proves 3.bad 2: never a 5xx
test("whatever comes is answered 200 with a whole errcode, and nothing of it reaches a phone", async () => {
  await using compat = await startCompat()
  const token = await compat.token()
  const anything = fc.oneof(
    fc.json(),
    anyText(),
    fc.uint8Array({ maxLength: 200 }),
    fc.record(
      {
        touser: fc.oneof(fc.string(), fc.jsonValue()),
        toparty: fc.jsonValue(),
        agentid: fc.oneof(fc.constant(ALERTS.agentid), fc.jsonValue()),
        msgtype: fc.oneof(fc.constantFrom("text", "markdown", "news", "template_card", "__proto__"), fc.jsonValue()),
        text: fc.jsonValue(),
        markdown: fc.jsonValue(),
        news: fc.jsonValue(),
        template_card: fc.jsonValue(),
        safe: fc.jsonValue(),
        mobile: fc.jsonValue(),
        msgid: fc.jsonValue(),
        enable_duplicate_check: fc.jsonValue(),
        duplicate_check_interval: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PATHS), anything, fc.string(), async (path, body, extra) => {
      const query = new URLSearchParams({ access_token: token, corpid: CORP_ID, agentid: extra }).toString()
      const method = path === "agent/get" ? "GET" : "POST"
      const reply = await compat.ask(`${path}?${query}`, {
        method,
        ...(method === "GET" ? {} : { body: bytesOf(body) }),
      })
      assert.equal(reply.status, 200)
      assert.ok(Number.isSafeInteger(errcodeOf(reply)), reply.text)
    }),
    { numRuns: 500 },
  )
  assert.deepEqual(await compat.sim.copies(), [])
  assertNoErrors(compat)
})

function bytesOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}

function assertNoErrors({ gateway }: CompatUnderTest): void {
  assert.deepEqual(
    gateway.logLines.filter((line) => line.includes('"level":"error"')),
    [],
  )
}

function errcodeOf({ text }: Reply): unknown {
  return JSON.parse(text).errcode
}

interface RawAnswer {
  readonly status: number | undefined
  /** From the header, which a HEAD answer has too. */
  readonly errcode: string | string[] | undefined
  readonly text: string
}

/** Does not use `fetch`, which would normalise the target. */
async function askRaw(options: RequestOptions): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const asked = request({ ...options, agent: false }, (response) => {
    let text = ""
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
    response.on("error", reject).on("end", () => {
      resolve({ status: response.statusCode, errcode: response.headers["error-code"], text })
    })
  })
  asked.on("error", reject).end()
  return promise
}
