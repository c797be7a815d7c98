import assert from "node:assert/strict"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { inspect } from "node:util"
import type { Api } from "./api.ts"
import { createApi } from "./create-api.ts"
import type { ApiOptions } from "./create-api.ts"
import { startConnectProxy } from "./testing/connect-proxy.ts"
import { leapingClock } from "./testing/leaping-clock.ts"
import { closedPort, httpAnswer, startRawServer } from "./testing/raw-server.ts"
import type { RawServerOptions } from "./testing/raw-server.ts"
import { rejected } from "./testing/rejected.ts"
import { aLookUp, aSend } from "./testing/simulated-api.ts"
import { makeTestCertificate } from "./testing/test-certificate.ts"
import { memoryTokenStore } from "./token/memory-token-store.ts"
import { fetchTransport } from "./transport-fetch.ts"
import { httpsTransport } from "./transport-https.ts"
import { undiciTransport } from "./transport-undici.ts"
import { MAX_ANSWER_BYTES } from "./transport.ts"
import type { Transport, TransportFaultKind, TransportRequest } from "./transport.ts"
import type { ProxySettings } from "./transport/proxy.ts"
import { WeComError } from "./wecom-error.ts"

/** They contain the characters that URLs, forms and JSON escape; their first letters show them however they are written. */
const SECRET = 'SECRETCANARY+/=&"? %'
const TOKEN = "TOKENCANARY+/=%41"
const PROXY_PASSWORD = "PROXYCANARY"
const CANARY = /SECRETCANARY|TOKENCANARY|PROXYCANARY/i

const TRANSPORTS: Readonly<Record<string, (proxy?: ProxySettings) => Transport>> = {
  undici: (proxy) => undiciTransport(proxy === undefined ? {} : { proxy }),
  "node:https": (proxy) => httpsTransport(proxy === undefined ? {} : { proxy }),
  fetch: () => fetchTransport(),
}

const certificate = await makeTestCertificate()

for (const [name, open] of Object.entries(TRANSPORTS)) {
  // proves row 41: secrets in logs and answers
  test(`${name}: whatever fails, no secret, token or proxy password is in the error or in what the hooks see`, async (t) => {
    const told: unknown[] = []
    const transport = open()
    t.after(() => transport.close())
    const context = { t, transport, told }
    const kinds = new Set<string>()
    for (const [index, failure] of failures(context).entries()) {
      const error = await rejected(failure())
      kinds.add(error.code)
      for (const text of renderings(error)) assert.doesNotMatch(text, CANARY, `failure ${index}: ${text}`)
    }
    if (name !== "fetch") {
      const port = await refusingProxyPort(t)
      const viaProxy = open({ httpsProxy: `http://user:${PROXY_PASSWORD}@127.0.0.1:${port}` })
      t.after(() => viaProxy.close())
      const error = await rejected(send({ ...context, transport: viaProxy }, { baseUrl: "https://wecom.example" }))
      assert.match(error.message, /proxy/)
      for (const text of renderings(error)) assert.doesNotMatch(text, CANARY)
    }
    assert.deepEqual([...kinds].toSorted(), [
      "aborted",
      "deadline",
      "in_doubt",
      "invalid_input",
      "refused",
      "unreachable",
      "unusable_answer",
    ])
    const seen = inspect(told, { depth: null, maxArrayLength: null, maxStringLength: null })
    assert.match(seen, /\*\*\*/, "the servers did repeat what they were sent")
    assert.doesNotMatch(seen, CANARY)
    const failed = new Set<TransportFaultKind>([
      "refused",
      "dns",
      "tls",
      "timeout",
      "reset",
      "cut",
      "too_large",
      "protocol",
    ])
    for (const kind of failed) assert.match(seen, new RegExp(`failure: '${kind}'`))
  })
}

interface Context {
  readonly t: TestContext
  readonly transport: Transport
  readonly told: unknown[]
}

function failures(context: Context): readonly (() => Promise<unknown>)[] {
  const { t } = context
  const answering =
    (answer: Answerer, changes: Changes = {}) =>
    async () =>
      send(context, { ...changes, baseUrl: await serve(t, { onRequest: answerer(answer) }) })
  return [
    // No server, or one that cannot be trusted.
    async () => send(context, { baseUrl: `http://127.0.0.1:${await closedPort()}` }),
    async () => send(context, { baseUrl: "http://wecom.invalid" }),
    async () => send(context, { baseUrl: await serve(t, { tls: certificate }) }),
    // A gettoken that gets all sorts of answers.
    answering((_, repeat) => httpAnswer(`<a href="${repeat}">`, "502 Bad Gateway", "text/html")),
    answering((_, repeat) => httpAnswer(repeat, "200 OK", `text/${repeat}`)),
    answering((_, repeat) => httpAnswer(repeat, `302 Found\r\nlocation: ${repeat}`, repeat)),
    answering((_, repeat) => httpAnswer("", "404 Not Found", repeat)),
    answering((_, repeat) => refusal(40001, repeat)),
    answering((_, repeat) => refusal(-1, repeat)),
    answering((_, repeat) => refusal(0, repeat)),
    // A send that gets them.
    answering(afterToken((repeat) => `${repeat}\r\n\r\n`)),
    answering(afterToken(() => "")),
    answering(afterToken((repeat) => httpAnswer(repeat).slice(0, -3))),
    answering(afterToken(() => httpAnswer("x".repeat(MAX_ANSWER_BYTES + 1)))),
    answering(afterToken((repeat) => httpAnswer(repeat, "500 Error", "text/html"))),
    answering(afterToken((repeat) => httpAnswer(JSON.stringify({ errcode: repeat })))),
    answering(afterToken((repeat) => refusal(60020, repeat))),
    answering(
      afterToken(() => undefined),
      { deadlineMs: 100 },
    ),
    answering(
      afterToken(() => undefined),
      { abortAfterMs: 100 },
    ),
    answering((number, repeat) => (number % 2 === 1 ? tokenAnswer() : refusal(42001, repeat))),
    answering((number) =>
      number % 2 === 1 ? tokenAnswer(String(number)) : refusal(40014, formsOf(`${TOKEN}${number - 1}`)),
    ),
    answering((number, repeat) => (number === 1 ? tokenAnswer() : number === 2 ? "" : refusal(60020, repeat)), {
      repeatable: true,
    }),
    answering(
      afterToken(() => ""),
      { path: "user/getuserid", repeatable: true },
    ),
    // Parts of our own that fail.
    answering((_, repeat) => refusal(40001, repeat), { tokenStore: brokenStore }),
    () => send({ ...context, transport: brokenTransport() }, {}),
    () => send(context, { deadlineMs: 0 }),
    async () => make(context, { baseUrl: `https://user:${SECRET}@wecom.example` }),
    async () => make(context, { baseUrl: SECRET }),
  ]
}

interface Changes extends Partial<ApiOptions> {
  readonly deadlineMs?: number
  readonly abortAfterMs?: number
  readonly repeatable?: boolean
  readonly path?: string
}

async function send(context: Context, changes: Changes): Promise<unknown> {
  const { deadlineMs = 3000, abortAfterMs, repeatable = false, path = "message/send", ...options } = changes
  const api = make(context, options)
  const base = path === "message/send" ? aSend : aLookUp
  const request = { ...base(leapingClock()), repeatable, deadline: api.clock.now() + deadlineMs }
  const controller = new AbortController()
  if (abortAfterMs !== undefined) setTimeout(() => controller.abort(), abortAfterMs)
  const answer = await api.call({ ...request, signal: controller.signal })
  for (const text of [inspect(answer), inspect(api, { depth: null, showHidden: true })])
    assert.doesNotMatch(text, CANARY)
  // The caller turns a refusal of WeCom into an error.
  throw new WeComError({ code: "refused", message: answer.errmsg, hint: "", language: "en", errcode: answer.errcode })
}

function make({ transport, told }: Context, options: Partial<ApiOptions>): Api {
  const tell = (event: unknown): void => {
    told.push(event)
  }
  return createApi({
    baseUrl: "http://127.0.0.1:1",
    corpId: "ww1",
    secret: SECRET,
    transport,
    tokenStore: memoryTokenStore(),
    clock: leapingClock(),
    language: "en",
    attemptTimeoutMs: 2000,
    hooks: { onRequest: tell, onAnswer: tell, onFailure: tell, onToken: tell, onWarning: tell },
    ...options,
  })
}

function renderings(error: WeComError): readonly string[] {
  const cause = error.cause instanceof Error ? [error.cause.message, String(error.cause.stack)] : []
  return [
    error.message,
    error.hint,
    String(error.stack),
    inspect(error, { depth: null, showHidden: true, maxStringLength: null }),
    JSON.stringify(error),
    JSON.stringify(Object.getOwnPropertyDescriptors(error)),
    ...cause,
  ]
}

/** @param repeat everything a server can repeat of what it received */
type Answerer = (number: number, repeat: string) => string | undefined

/** Ends the connection after each answer; `undefined` stays silent, "" cuts. */
function answerer(answer: Answerer): NonNullable<RawServerOptions["onRequest"]> {
  let number = 0
  let repeat = formsOf(SECRET)
  return (socket) => {
    const text = answer(++number, repeat)
    if (text === undefined) return
    socket.end(text.replace(/^(HTTP.*\r\n)/, "$1connection: close\r\n"))
    // From now on the client has a token to send.
    if (text.includes(TOKEN)) repeat = `${formsOf(SECRET)};${formsOf(TOKEN)}`
  }
}

function formsOf(text: string): string {
  const percent = encodeURIComponent(text)
  const form = new URLSearchParams({ text }).toString().slice("text=".length)
  return [percent, percent.toLowerCase(), form, encodeURIComponent(percent)].join(";")
}

function refusal(errcode: number, repeat: string): string {
  const errmsg = `refused ${SECRET} ${repeat}, hint: [1], from ip: 203.0.113.9, more info at ?access_token=AnotherTOKENCANARY`
  return httpAnswer(JSON.stringify({ errcode, errmsg }))
}

function afterToken(answer: (repeat: string) => string | undefined): Answerer {
  return (number, repeat) => (number === 1 ? tokenAnswer() : answer(repeat))
}

function tokenAnswer(ending = ""): string {
  return httpAnswer(JSON.stringify({ errcode: 0, errmsg: "ok", access_token: `${TOKEN}${ending}`, expires_in: 7200 }))
}

async function serve(t: TestContext, options: RawServerOptions): Promise<string> {
  const server = await startRawServer(options)
  t.after(() => server[Symbol.asyncDispose]())
  return `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}`
}

async function refusingProxyPort(t: TestContext): Promise<number> {
  const proxy = await startConnectProxy(0, "407 Proxy Authentication Required")
  t.after(() => proxy[Symbol.asyncDispose]())
  return proxy.port
}

const brokenStore = { get: failToStore, set: failToStore }

function failToStore(): Promise<never> {
  return Promise.reject(new Error(`cannot write ${SECRET} to redis://user:${encodeURIComponent(SECRET)}@host`))
}

function brokenTransport(): Transport {
  return { request: failToFetch, download: failToFetch, close: () => Promise.resolve() }
}

function failToFetch({ url }: TransportRequest): Promise<never> {
  return Promise.reject(new Error(`cannot fetch ${url.href}`))
}
