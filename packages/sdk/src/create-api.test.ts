import assert from "node:assert/strict"
import { test } from "node:test"
import { createApi } from "./create-api.ts"
import { leapingClock } from "./testing/leaping-clock.ts"
import { closedPort, httpAnswer, startRawServer } from "./testing/raw-server.ts"
import { rejected } from "./testing/rejected.ts"
import { CHECKED, CORP_ID, SECRET, aSend, simulatedApi } from "./testing/simulated-api.ts"
import type { SimulatedApi } from "./testing/simulated-api.ts"
import { memoryTokenStore } from "./token/memory-token-store.ts"
import { undiciTransport } from "./transport-undici.ts"
import { TransportFault } from "./transport.ts"
import { WeComError } from "./wecom-error.ts"

const sends = (sim: SimulatedApi) => sim.calls("message/send")

test("a call resolves with WeCom's answer, a refusal too, and is not repeated for it", async () => {
  await using sim = await simulatedApi()
  const accepted = await sim.send()
  assert.equal(accepted.errcode, 0)
  assert.equal(typeof accepted["msgid"], "string")
  const refused = await sim.send({
    body: JSON.stringify({ touser: "nobody", msgtype: "text", agentid: 1000002, text: { content: "x" } }),
  })
  assert.equal(refused.errcode, 81013)
  assert.equal((await sends(sim)).length, 2)
})

test("the token travels in the query alone", async (t) => {
  const { api, server } = await rawApi(t, (number) => (number === 1 ? TOKEN : httpAnswer('{"errcode":0}')))
  await api.call(aSend(leapingClock()))
  const [head = "", body = ""] = server.requests[1]?.split("\r\n\r\n") ?? []
  assert.match(head, /^POST \/cgi-bin\/message\/send\?access_token=token%2Bcanary HTTP\/1\.1/)
  assert.doesNotMatch(head.split("\r\n").slice(1).join(), /canary/)
  assert.doesNotMatch(body, /canary/)
})

for (const [written, path] of [
  ["", "/cgi-bin/gettoken"],
  ["/", "/cgi-bin/gettoken"],
  ["/cgi-bin", "/cgi-bin/gettoken"],
  ["/cgi-bin/", "/cgi-bin/gettoken"],
  ["/relay/cgi-bin//", "/relay/cgi-bin/gettoken"],
  ["/relay", "/relay/cgi-bin/gettoken"],
] as const) {
  test(`a base URL that ends in "${written}" leads to ${path}`, async (t) => {
    const { server, api } = await rawApi(t, () => httpAnswer('{"errcode":40013,"errmsg":"invalid corpid"}'), written)
    await rejected(api.call(aSend(leapingClock())))
    assert.equal(server.requests[0]?.split(/[ ?]/)[1], path)
  })
}

test("settings that cannot work are refused at once", () => {
  for (const changes of [
    { baseUrl: "qyapi.weixin.qq.com" },
    { baseUrl: "ftp://qyapi.weixin.qq.com" },
    { baseUrl: "https://user:pass@qyapi.weixin.qq.com" },
    { baseUrl: "https://qyapi.weixin.qq.com/?a=1" },
    { corpId: "" },
    { secret: "" },
  ]) {
    assert.throws(
      () => makeApi(changes),
      (error) => error instanceof WeComError && error.code === "invalid_input",
    )
  }
})

test("a busy system is tried three times with growing pauses, then its refusal is the answer", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 2 })
  assert.equal((await sim.send()).errcode, 0)
  const [first = 0, second = 0] = sim.clock.pausesMs
  assert.ok(first >= 750 && second > first && second <= 2000, `${first} ${second}`)
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 3 })
  assert.equal((await sim.send()).errcode, -1)
  assert.equal((await sends(sim)).length, 6)
})

test("with one try a busy system's refusal is the answer, and a lost answer is not asked for again", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1 })
  await sim.fault({ path: "message/send", kind: "reset_after" })
  assert.equal((await sim.send({ ...CHECKED, tries: "once" })).errcode, -1)
  const { code } = await rejected(sim.send({ ...CHECKED, tries: "once" }))
  assert.equal(code, "in_doubt")
  assert.equal((await sends(sim)).length, 2)
  assert.deepEqual(sim.clock.pausesMs, [])
})

test("with one try a refused token is still renewed", async () => {
  await using sim = await simulatedApi()
  await sim.send({ tries: "once" })
  await sim.revokeTokens()
  assert.equal((await sim.send({ tries: "once" })).errcode, 0)
})

test("a pause that would outlast the deadline is not begun", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 1 })
  assert.equal((await sim.send({ deadline: sim.clock.now() + 500 })).errcode, -1)
  assert.deepEqual(sim.clock.pausesMs, [])
})

test("what cannot have arrived is tried until the deadline, however harmful a repeat would be", async () => {
  const port = await closedPort()
  await using sim = await simulatedApi({ baseUrl: `http://127.0.0.1:${port}` })
  const error = await rejected(sim.send())
  assert.deepEqual([error.code, error.mayHaveArrived], ["unreachable", false])
  assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}, ECONNREFUSED`))
  const { length } = sim.clock.pausesMs
  assert.ok(length >= 5 && length < 100, `${length} pauses in 30 s`)
})

test("a connection that comes back in time is used", async () => {
  let failures = 0
  const transport = undiciTransport()
  await using sim = await simulatedApi({
    transport: {
      request(request) {
        if (request.url.pathname.endsWith("send") && failures++ < 3) {
          return Promise.reject(new TransportFault("refused", false, { host: request.url.host }))
        }
        return transport.request(request)
      },
      download: (request) => transport.download(request),
      close: () => transport.close(),
    },
  })
  assert.equal((await sim.send()).errcode, 0)
  await transport.close()
})

const LOST = [
  { kind: "reset_after" },
  { kind: "reset_before" },
  { kind: "truncate", bytes: 12 },
  { kind: "html" },
  { kind: "http_status", status: 502 },
  { kind: "http_status", status: 500, body: { errcode: 0, errmsg: "ok" } },
  { kind: "hang_after" },
] as const

for (const fault of LOST) {
  const name = `${fault.kind}${"status" in fault ? ` ${fault.status}` : ""}`
  // The answer must be read within this time, also on a busy machine.
  const attemptTimeoutMs = fault.kind === "hang_after" ? 1000 : 20_000

  test(`a send whose answer is lost (${name}) is in doubt and not repeated`, async () => {
    await using sim = await simulatedApi({ attemptTimeoutMs })
    await sim.fault({ path: "message/send", times: 1, ...fault })
    const error = await rejected(sim.send())
    assert.deepEqual([error.code, error.mayHaveArrived, error.api], ["in_doubt", true, "message/send"])
    assert.match(error.message, /may have arrived/)
    assert.equal((await sends(sim)).length, 1)
  })

  test(`a send with the duplicate check is repeated byte for byte (${name}) and shown once`, async () => {
    await using sim = await simulatedApi({ attemptTimeoutMs })
    await sim.fault({ path: "message/send", times: 1, ...fault })
    assert.equal((await sim.send(CHECKED)).errcode, 0)
    const [first, second, ...others] = await sends(sim)
    assert.deepEqual(others, [])
    assert.equal(first?.sha256, second?.sha256)
    assert.equal([...(first?.shown ?? []), ...(second?.shown ?? [])].length, 1)
  })

  test(`a send with the duplicate check that stays unanswered (${name}) is in doubt`, async () => {
    await using sim = await simulatedApi({ attemptTimeoutMs })
    await sim.fault({ path: "message/send", times: 100, ...fault })
    const error = await rejected(sim.send({ ...CHECKED, deadline: sim.clock.now() + 2000 }))
    assert.deepEqual([error.code, error.mayHaveArrived], ["in_doubt", true])
    assert.ok((await sends(sim)).length > 1)
  })

  test(`a look-up that stays unanswered (${name}) leaves no doubt: nothing was sent`, async () => {
    await using sim = await simulatedApi({ attemptTimeoutMs })
    await sim.fault({ path: "user/getuserid", times: 100, ...fault })
    const error = await rejected(sim.lookUp({ deadline: sim.clock.now() + 2000 }))
    const isAnswered = fault.kind === "html" || fault.kind === "http_status"
    assert.deepEqual([error.code, error.mayHaveArrived], [isAnswered ? "unusable_answer" : "unreachable", false])
    assert.ok((await sim.calls("user/getuserid")).length > 1)
  })
}

for (const body of [
  "",
  "null",
  "[]",
  '"ok"',
  "{}",
  '{"errcode":"0"}',
  '{"errcode":0',
  "errcode 0",
  '{"errcode":0.5}',
]) {
  test(`an answer of ${body === "" ? "nothing" : body} proves nothing about a send`, async () => {
    await using sim = await simulatedApi()
    await sim.fault({ path: "message/send", kind: "http_status", status: 200, body, times: 1 })
    assert.equal((await rejected(sim.send())).code, "in_doubt")
  })
}

test("once a try is lost, a later refusal that says nothing about it leaves the send in doubt", async () => {
  for (const errcode of [-1, 45009, 60020, 50003, 42014, 987_654]) {
    await using sim = await simulatedApi()
    await sim.fault({ path: "message/send", kind: "reset_after", times: 1 })
    await sim.fault({ path: "message/send", kind: "errcode", errcode, times: 3 })
    const error = await rejected(sim.send(CHECKED))
    assert.deepEqual([error.code, error.errcode, error.mayHaveArrived], ["in_doubt", errcode, true])
  }
})

test("once a try is lost, a refusal that lies in the request itself holds for both", async () => {
  for (const errcode of [81013, 40008]) {
    await using sim = await simulatedApi()
    await sim.fault({ path: "message/send", kind: "reset_before", times: 1 })
    await sim.fault({ path: "message/send", kind: "errcode", errcode, times: 1 })
    assert.equal((await sim.send(CHECKED)).errcode, errcode)
  }
})

test("once a try is lost, trouble with the token leaves the send in doubt", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "message/send", kind: "reset_after", times: 1 })
  await sim.fault({ path: "message/send", kind: "errcode", errcode: 42001, times: 2 })
  const error = await rejected(sim.send(CHECKED))
  assert.deepEqual([error.code, error.errcode, error.class], ["in_doubt", 42001, "token"])
})

test("a redirect is not followed; the error names the base URL", async (t) => {
  const { api, server } = await rawApi(
    t,
    () => "HTTP/1.1 301 Moved Permanently\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n",
  )
  const error = await rejected(api.call(aSend(leapingClock())))
  assert.deepEqual([error.code, error.class, error.mayHaveArrived], ["unusable_answer", "configuration", false])
  assert.match(error.hint, new RegExp(`http://127\\.0\\.0\\.1:${server.port}/cgi-bin/`))
  assert.equal(server.requests.length, 1)
})

test("404 means that there is no WeCom at the base URL", async (t) => {
  const { api, server } = await rawApi(t, () => httpAnswer("", "404 Not Found", ""))
  const error = await rejected(api.call(aSend(leapingClock())))
  assert.deepEqual([error.code, error.class, error.mayHaveArrived], ["unusable_answer", "configuration", false])
  assert.equal(server.requests.length, 1)
})

test("WeCom's complaint about the JSON reaches the hooks even beside errcode 0", async () => {
  const warnings: string[] = []
  await using sim = await simulatedApi({
    hooks: { onWarning: ({ warning, api }) => warnings.push(`${warning} ${api}`) },
  })
  await sim.fault({
    path: "message/send",
    kind: "errcode",
    errcode: 0,
    body: { errmsg: "ok. Warning: wrong json format. " },
    times: 1,
  })
  assert.equal((await sim.send()).errcode, 0)
  assert.deepEqual(warnings, ["json_not_understood message/send"])
})

test("hooks see each try, and one that throws harms nothing", async () => {
  const events: string[] = []
  await using sim = await simulatedApi({
    hooks: {
      onRequest({ api, attempt }) {
        events.push(`${api} ${attempt}`)
        throw new Error("broken logger")
      },
      onAnswer: ({ api, errcode, durationMs }) => events.push(`${api} ${errcode} ${durationMs >= 0}`),
      onFailure: ({ api, failure, mayHaveArrived }) => events.push(`${api} ${failure} ${mayHaveArrived}`),
      onToken: ({ reason, source }) => events.push(`token ${reason} ${source}`),
    },
  })
  await sim.fault({ path: "message/send", kind: "reset_after", times: 1 })
  await sim.send(CHECKED)
  assert.deepEqual(events, [
    "gettoken 1",
    "gettoken 0 true",
    "token first fetched",
    "message/send 1",
    "message/send reset true",
    "message/send 2",
    "message/send 0 true",
  ])
})

test("an abort before the request goes out leaves no doubt, one after it does", async () => {
  await using sim = await simulatedApi()
  const early = await rejected(sim.send({ signal: AbortSignal.abort() }))
  assert.deepEqual([early.code, early.mayHaveArrived], ["aborted", false])
  await sim.fault({ path: "message/send", kind: "hang_after", times: 1 })
  const late = await rejected(sim.send({ signal: abortedAfter(100) }))
  assert.deepEqual([late.code, late.mayHaveArrived], ["aborted", true])
})

test("an abort ends a pause between tries", async () => {
  const controller = new AbortController()
  await using sim = await simulatedApi({ hooks: { onAnswer: ({ errcode }) => errcode === -1 && controller.abort() } })
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 3 })
  const error = await rejected(sim.send({ signal: controller.signal }))
  assert.deepEqual([error.code, error.mayHaveArrived], ["aborted", false])
  assert.equal((await sends(sim)).length, 1)
})

test("an abort after a try was lost leaves the send in doubt, wherever it strikes", async () => {
  const controller = new AbortController()
  await using sim = await simulatedApi({ hooks: { onFailure: () => controller.abort() } })
  await sim.fault({ path: "message/send", kind: "reset_after", times: 1 })
  const error = await rejected(sim.send({ ...CHECKED, signal: controller.signal }))
  assert.deepEqual([error.code, error.mayHaveArrived], ["aborted", true])
})

test("a wrapper of our transport's request is called, with a signal that ends with the try", async () => {
  const transport = undiciTransport()
  const signals: AbortSignal[] = []
  await using sim = await simulatedApi({
    transport: {
      ...transport,
      request(request) {
        signals.push(request.signal)
        return transport.request(request)
      },
    },
    attemptTimeoutMs: 1000,
  })
  await sim.fault({ path: "message/send", kind: "hang_after", times: 1 })
  const error = await rejected(sim.send())
  assert.equal(error.code, "in_doubt")
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false, true],
  )
  await transport.close()
})

test("a transport that was closed ends the call at once", async () => {
  const transport = undiciTransport()
  await transport.close()
  await using sim = await simulatedApi({ transport })
  assert.equal((await rejected(sim.send())).code, "unreachable")
  assert.deepEqual(sim.clock.pausesMs, [])
})

test("a lost recall leaves open whether it took effect, and says nothing of a message that arrived", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "message/recall", kind: "reset_after", times: 1 })
  const error = await rejected(sim.send({ path: "message/recall", body: '{"msgid":"m"}' }))
  assert.equal(error.code, "in_doubt")
  assert.match(error.message, /WeCom may have carried it out/)
  assert.doesNotMatch(error.hint, /duplicate/)
})

test("a bad certificate is reported at once; a proxy that is away is tried again", async () => {
  for (const [fault, isTriedAgain] of [
    [new TransportFault("tls", false, { host: "h", code: "CERT_HAS_EXPIRED" }), false],
    [new TransportFault("proxy", false, { host: "p", code: "HTTP 407" }), false],
    [new TransportFault("proxy", false, { host: "p", code: "HTTP 502" }), true],
    [new TransportFault("proxy", false, { host: "p", code: "ECONNREFUSED" }), true],
  ] as const) {
    const request = () => Promise.reject(fault)
    const transport = { request, download: request, close: () => Promise.resolve() }
    await using sim = await simulatedApi({ transport })
    const error = await rejected(sim.send())
    assert.equal(error.code, "unreachable")
    assert.equal(error.class, isTriedAgain ? undefined : "configuration")
    assert.equal(sim.clock.pausesMs.length > 0, isTriedAgain)
  }
})

test("a deadline that has passed lets nothing out", async () => {
  await using sim = await simulatedApi()
  await sim.send()
  const error = await rejected(sim.send({ deadline: sim.clock.now() }))
  assert.equal(error.code, "deadline")
  assert.equal((await sends(sim)).length, 1)
})

test("a deadline holds against a slow drip", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "message/send", kind: "drip", delay_ms: 2000, times: 1 })
  const startedAt = performance.now()
  const error = await rejected(sim.send({ deadline: sim.clock.now() + 300 }))
  assert.equal(error.code, "in_doubt")
  // Reading the whole answer would take minutes.
  assert.ok(performance.now() - startedAt < 30_000)
})

test("60020 names the address to add, in the client's language", async () => {
  for (const [language, words] of [
    ["en", /^Add 203\.0\.113\.9 to the app's trusted addresses/],
    ["zh", /^请把 203\.0\.113\.9 加入/],
  ] as const) {
    await using sim = await simulatedApi({ language })
    const errmsg = "not allow to access from your ip, hint: [1700000000123], from ip: 203.0.113.9, more info at …"
    await sim.fault({ path: "gettoken", kind: "errcode", errcode: 60020, body: { errmsg }, times: 1 })
    const error = await rejected(sim.send())
    assert.match(error.hint, words)
    assert.equal(error.fromIp, "203.0.113.9")
    assert.equal(error.wecomHint, "1700000000123")
    assert.equal(error.class, "configuration")
  }
})

const TOKEN = httpAnswer('{"errcode":0,"errmsg":"ok","access_token":"token+canary","expires_in":7200}')

async function rawApi(t: { after(done: () => Promise<void>): void }, answer: (number: number) => string, path = "") {
  const server = await startRawServer({ onRequest: (socket, number) => socket.write(answer(number)) })
  const transport = undiciTransport()
  t.after(async () => {
    await server[Symbol.asyncDispose]()
    await transport.close()
  })
  const api = createApi({
    baseUrl: `http://127.0.0.1:${server.port}${path}`,
    corpId: CORP_ID,
    secret: SECRET,
    transport,
    tokenStore: memoryTokenStore(),
    clock: leapingClock(),
    language: "en",
  })
  return { api, server }
}

function abortedAfter(ms: number): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), ms)
  return controller.signal
}

function makeApi(changes: object) {
  return createApi({
    baseUrl: "https://qyapi.weixin.qq.com",
    corpId: CORP_ID,
    secret: SECRET,
    transport: undiciTransport(),
    tokenStore: memoryTokenStore(),
    clock: leapingClock(),
    language: "en",
    ...changes,
  })
}
