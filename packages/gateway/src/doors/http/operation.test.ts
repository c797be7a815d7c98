import assert from "node:assert/strict"
import { once } from "node:events"
import { PassThrough } from "node:stream"
import { test } from "node:test"
import { RawConnection } from "./testing/raw-connection.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly security?: unknown
  readonly responses: Record<string, unknown>
}

test("health tells strangers that the process lives and whether it works, and no more", async () => {
  await using gateway = await startTestGateway()
  for (const path of ["/healthz", "/livez"]) {
    const { status, json } = await gateway.request(path, { key: null })
    assert.deepEqual([status, json], [200, { status: "ok" }])
  }
  assert.deepEqual((await gateway.request("/readyz", { key: null })).json, { status: "ready" })
  gateway.dispatcher.running = false
  const { status, json, headers } = await gateway.request("/readyz", { key: null })
  assert.deepEqual([status, json, headers.get("retry-after")], [503, { status: "not_ready" }, "1"])
  assert.equal((await gateway.request("/healthz", { key: null, method: "HEAD" })).status, 200)
})

// proves 3.9: for operators
test("figures are named, labelled and bounded", async () => {
  await using gateway = await startTestGateway()
  await gateway.request("/v1/messages", { body: aMessage() })
  await gateway.request("/v1/messages", { body: aMessage({ text: { content: "" } }) })
  await gateway.request("/v1/messages", {
    body: aMessage({
      to: { mobiles: ["1", "1", "13800000001"] },
      msgtype: "markdown",
      text: undefined,
      markdown: { content: "a" },
    }),
  })
  for (let n = 0; n < 20; n++) await gateway.request(`/v1/messages/msg_${n}`)
  for (let n = 0; n < 20; n++) await gateway.request(`/nowhere/${n}`)
  const { status, text: whole, headers } = await gateway.request("/metrics")
  const text = whole.replaceAll(/\{database="[0-9a-f]{8}",/g, "{")
  assert.equal(status, 200)
  assert.match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/)
  for (const line of [
    'wecom_push_messages_accepted_total{app="alerts",msgtype="text"} 1',
    'wecom_push_messages_accepted_total{app="alerts",msgtype="markdown"} 1',
    'wecom_push_recipients_total{app="alerts",state="invalid"} 2',
    'wecom_push_unfinished_messages{app="alerts",priority="normal"} 2',
    'wecom_push_http_request_duration_seconds_count{method="POST",route="/v1/messages",status="202"} 2',
    'wecom_push_http_request_duration_seconds_count{method="POST",route="/v1/messages",status="422"} 1',
    'wecom_push_http_request_duration_seconds_count{method="GET",route="/v1/messages/:id",status="404"} 20',
    'wecom_push_http_request_duration_seconds_count{method="GET",route="unknown",status="404"} 20',
    "wecom_push_storage_up 1",
  ]) {
    assert.ok(text.includes(line), line)
  }
  for (const name of [
    "build_info",
    "database_bytes",
    "database_log_bytes",
    "oldest_due_seconds",
    "process_resident_memory_bytes",
  ]) {
    assert.match(text, new RegExp(`^wecom_push_${name}`, "m"))
  }
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name)
  for (const name of names) assert.match(name, /^wecom_push_/, name)
  assert.doesNotMatch(text, /msg_\d|13800000001/)
})

// proves 3.9: for operators
test("the description is OpenAPI 3.1, names every path and leads nowhere outside itself", async () => {
  await using gateway = await startTestGateway()
  const { status, json } = await gateway.request("/openapi.json", { key: null })
  assert.deepEqual([status, json.openapi, json.servers], [200, "3.1.0", [{ url: "/" }]])
  const operations = Object.entries<Record<string, Operation>>(json.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const ids = operations.map(({ operation }) => operation.operationId)
  assert.equal(new Set(ids).size, ids.length)
  for (const { path, method, operation } of operations) {
    assert.ok(operation.summary, `${method} ${path}`)
    const isOpen = ["/healthz", "/livez", "/readyz", "/callback/{app}"].includes(path)
    assert.deepEqual(operation.security, isOpen ? [] : [{ key: [] }], `${method} ${path}`)
    const answers = Object.keys(operation.responses)
    assert.ok(isOpen || (answers.includes("4XX") && answers.includes("5XX")), `${method} ${path}`)
  }
  const text = JSON.stringify(json)
  for (const [, name = ""] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    assert.ok(json.components.schemas[name] !== undefined, name)
  }
  assert.doesNotMatch(text, /"\$ref":"(?!#\/components)/)
})

// proves 11.B16: left of issue 10
test("probes are answered as the description says, whatever comes with them", async () => {
  await using gateway = await startTestGateway()
  const { json } = await gateway.request("/openapi.json", { key: null })
  for (const path of ["/healthz", "/livez", "/readyz"]) {
    const described = Object.keys(json.paths[path].get.responses)
    for (const [head, status] of [
      ["", 200],
      ["Content-Encoding: gzip\r\n", 200],
      ["Content-Encoding: gzip\r\nContent-Length: 0\r\n", 200],
      ["Content-Encoding: gzip\r\nContent-Length: 1\r\n", 415],
      ["Accept-Encoding: br\r\nAccept: text/plain\r\n", 200],
    ] as const) {
      assert.equal(await statusOf(gateway.port, `${path} HTTP/1.1\r\n${head}`), status, `${path} ${head}`)
    }
    assert.equal(await statusOf(gateway.port, `${path}?verbose=1 HTTP/1.1\r\n`), 400)
    assert.ok(described.includes("200") && described.includes("4XX"), `${path}: ${described.join()}`)
  }
})

async function statusOf(port: number, rest: string): Promise<number | undefined> {
  using connection = new RawConnection(port)
  connection.write(`GET ${rest}Host: x\r\nConnection: close\r\n\r\n`)
  while (connection.status === undefined) await new Promise(setImmediate)
  return connection.status
}

// proves 3.9: for operators
test("the page of the API loads nothing from elsewhere, and its policy would not let it", async () => {
  await using gateway = await startTestGateway()
  const page = await gateway.request("/docs", { key: null })
  const policy = page.headers.get("content-security-policy") ?? ""
  assert.match(policy, /script-src 'self';/)
  assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe|https?:|\*/)
  assert.doesNotMatch(page.text, /https?:|<script>[^<]|\son\w+=/)
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = ""]) => source)
  assert.deepEqual(sources, ["/openapi.json", "/docs/scalar.js", "/docs/start.js"])
  for (const source of sources) assert.equal((await gateway.request(source, { key: null })).status, 200, source)
  const script = await gateway.request("/docs/scalar.js", { key: null })
  assert.ok(script.text.length > 1_000_000)
})

test("the script of the API's page comes compressed to clients that take that, and is not sent twice", async () => {
  await using gateway = await startTestGateway()
  const get = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${gateway.url}/docs/scalar.js`, { headers: { "accept-encoding": "identity", ...headers } })
  const whole = await (await get({})).text()
  const wishes = {
    "gzip, deflate, br, zstd": "br",
    "br;q=0.5, gzip": "gzip",
    "gzip;q=0.5, br;q=0.8": "br",
    "br;q=0, *": "gzip",
    gzip: "gzip",
    "deflate, zstd": null,
    "gzip;q=0, br;q=0": null,
    "": null,
    nonsense: null,
  }
  const sizes = new Map<string | null, number>()
  for (const [wish, encoding] of Object.entries(wishes)) {
    const answer = await get({ "accept-encoding": wish })
    assert.deepEqual([answer.status, answer.headers.get("content-encoding")], [200, encoding], wish)
    assert.equal(answer.headers.get("vary"), "accept-encoding")
    sizes.set(encoding, Number(answer.headers.get("content-length")))
    assert.equal(await answer.text(), whole, wish)
    const etag = answer.headers.get("etag") ?? ""
    const again = await get({ "accept-encoding": wish, "if-none-match": `"x", ${etag}` })
    assert.deepEqual([again.status, again.headers.get("etag"), await again.text()], [304, etag, ""], wish)
  }
  const bytesOf = (encoding: string | null): number => sizes.get(encoding) ?? 0
  assert.ok(bytesOf("br") < bytesOf(null) / 3 && bytesOf("br") < bytesOf("gzip"), `${bytesOf("br")} bytes`)
})

test("the address alone says what is there: a page to browsers, JSON to others", async () => {
  await using gateway = await startTestGateway()
  const ask = (headers: Record<string, string>) => gateway.request("/", { key: null, headers })
  for (const accept of ["*/*", "application/json", "text/html;q=0.5, application/json"]) {
    const { status, json, headers } = await ask({ accept })
    assert.deepEqual(
      [status, json.docs, json.api, json.health, headers.get("vary")],
      [200, "/docs", "/v1", "/healthz", "accept, accept-language"],
    )
  }
  const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
  for (const [language, said] of [
    ["zh-CN,zh;q=0.9", "这是一个 wecom-push 网关"],
    ["en", "This is a wecom-push gateway"],
  ] as const) {
    const page = await ask({ accept, "accept-language": language })
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/)
    assert.ok(page.text.includes(said) && page.text.includes('href="/docs"') && page.text.includes("/v1"))
    // The page's policy would allow neither.
    assert.doesNotMatch(page.text, /<style|<script|\sstyle=|\son\w+=/)
    for (const [, path = ""] of page.text.matchAll(/href="([^"]+)"/g))
      assert.equal((await gateway.request(path, { key: null })).status, 200, path)
  }
  assert.equal((await gateway.request("/", { key: null, method: "POST", body: {} })).status, 405)
})

test("a body of another type is refused with its type, and the flag of curl that helps, in both languages", async () => {
  await using gateway = await startTestGateway()
  const post = async (type: string | undefined, language: string) => {
    const headers = {
      authorization: `Bearer ${ADMIN_KEY}`,
      "accept-language": language,
      ...(type === undefined ? {} : { "content-type": type }),
    }
    const body = new TextEncoder().encode(JSON.stringify(aMessage()))
    const answer = await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers, body })
    const json = (await answer.json()) as { readonly detail: string; readonly hint: string }
    return { status: answer.status, json }
  }
  for (const language of ["en", "zh"]) {
    const form = "application/x-www-form-urlencoded"
    const { status, json } = await post(form, language)
    assert.equal(status, 415)
    assert.ok(json.detail.includes(form), json.detail)
    assert.ok(json.hint.includes("-H 'Content-Type: application/json'") && json.hint.includes("--json"), json.hint)
    assert.match((await post(undefined, language)).json.detail, /no Content-Type|没有 Content-Type/)
    assert.ok((await post(`text/${"x".repeat(5000)}`, language)).json.detail.length < 200)
  }
})

// proves N8: a stop under load
test("a gateway that is stopping turns new requests away with 503, and answers those it has", async () => {
  await using gateway = await startTestGateway()
  using waiting = new RawConnection(gateway.port)
  using late = new RawConnection(gateway.port)
  const body = JSON.stringify(aMessage())
  const head = `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  waiting.write(head)
  late.write("GET /healthz HTTP/1.1\r\nHost: x\r\n")
  await gateway.request("/healthz")
  const stopped = gateway.stop()
  late.write("\r\n")
  waiting.write(body)
  await Promise.all([waiting.closed, late.closed, stopped])
  assert.equal(waiting.status, 202)
  assert.equal(late.status, 200, "a probe is answered to the end")
  assert.match(late.received, /connection: close/i)
  assert.equal(gateway.dispatcher.running, false)
})

// proves N8: a stop under load
test("an answer that had begun before the stop is sent to its end, and its connection closed then", async () => {
  const answer = new PassThrough()
  await using gateway = await startTestGateway({
    extend: (app) => app.get("/begun", (_request, reply) => reply.header("content-length", 2).send(answer)),
  })
  using idle = new RawConnection(gateway.port)
  idle.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
  using asked = new RawConnection(gateway.port)
  asked.write(`GET /begun HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n\r\n`)
  answer.write("a")
  while (!asked.received.endsWith("a")) await once(asked.socket, "data")
  const startedAt = performance.now()
  const stopped = gateway.stop(170_000)
  await idle.closed
  answer.end("b")
  await Promise.all([asked.closed, stopped])
  assert.ok(asked.received.endsWith("ab"))
  assert.ok(performance.now() - startedAt < 60_000)
})

// proves N8: connections that have sent nothing
test("a stop closes connections that have sent nothing at once, as a pool that connects ahead keeps them", async () => {
  // Otherwise the gateway would wait this long for their first request.
  await using gateway = await startTestGateway({ limits: { headersTimeoutMs: 110_000 } })
  using silent = new RawConnection(gateway.port)
  await once(silent.socket, "connect")
  await gateway.request("/healthz")
  const startedAt = performance.now()
  await Promise.all([gateway.stop(170_000), silent.closed])
  assert.ok(performance.now() - startedAt < 60_000)
})

test("a request that comes while stopping is refused with Retry-After", async () => {
  await using gateway = await startTestGateway()
  using holding = new RawConnection(gateway.port)
  using late = new RawConnection(gateway.port)
  holding.write(
    `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{`,
  )
  late.write(`GET /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n`)
  await gateway.request("/healthz")
  const stopped = gateway.stop()
  late.write("\r\n")
  await late.closed
  assert.equal(late.status, 503)
  assert.match(late.received, /"code":"shutting_down"/)
  assert.match(late.received, /retry-after: 1/i)
  holding.write("}")
  await stopped
})

test("a client that never finishes does not hold up a stop for longer than it is given", async () => {
  await using gateway = await startTestGateway()
  using endless = new RawConnection(gateway.port)
  endless.write(
    `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
  )
  await gateway.request("/healthz")
  await gateway.stop(200)
  await endless.closed
})

// proves row 44: an unforeseen error
test("row 44: an unforeseen error is answered without its insides, and logged with them", async () => {
  await using gateway = await startTestGateway()
  gateway.dispatcher.lookUp = () => Promise.reject(new Error("the insides of it"))
  const answer = await gateway.request("/v1/lookup", { body: { mobile: "13800000001" } })
  assert.deepEqual([answer.status, answer.json.code], [500, "internal_error"])
  assert.doesNotMatch(answer.text, /insides|\.ts|at /)
  assert.equal(answer.json.request_id, answer.headers.get("x-request-id"))
  const line = gateway.logLines.find((line) => line.includes("insides"))
  assert.ok(line?.includes(answer.json.request_id))
})

// proves row 41: secrets in logs and answers
// proves row 45: texts that would be log lines
test("rows 41 and 45: no secret, key, number or text of a client reaches the log, and a line stays a line", async () => {
  await using gateway = await startTestGateway()
  const canary = "canary-7f3a"
  const made = await gateway.request("/v1/keys", { body: { name: "k\r\n{}", scopes: ["send", "read"], apps: "all" } })
  const { key } = made.json
  await gateway.request("/v1/apps", { body: { name: "hr", corp_id: "ww1", agent_id: 2, secret: `${canary}-secret` } })
  await gateway.request(`/v1/messages?access_token=${canary}-token&key=${key}`, { key: `${canary}-wrong` })
  await gateway.request("/v1/messages", {
    key,
    body: aMessage({ text: { content: `${canary}\r\n\u001b[31m{"level":"error"}` } }),
  })
  await gateway.request("/v1/messages", { key, body: `{"to": "13800000001 ${canary}` })
  await gateway.request("/v1/messages", { key, body: aMessage({ to: { users: [`${canary}|13800000001`] } }) })
  await gateway
    .request(`/v1/messages/${canary}`, { key, headers: { cookie: canary, "x-request-id": `${canary}\u0001` } })
    .catch(() => {})
  gateway.dispatcher.lookUp = () =>
    Promise.reject(
      new Error(
        `GET https://u:${canary}@qyapi.example.com/cgi-bin/x?access_token=${canary}&corpsecret=${canary} for 13800000001 by ${key}`,
      ),
    )
  await gateway.request("/v1/lookup", { key, body: { app: "hr", mobile: "13800000001" } })
  await gateway.stop()
  const log = gateway.logLines.join("")
  assert.ok(log.includes("138****0001"), "a number keeps its ends")
  assert.doesNotMatch(log, new RegExp(canary))
  assert.doesNotMatch(log, /13800000001/)
  assert.ok(!log.includes("\u001b"))
  assert.ok(!log.includes(key))
  for (const line of gateway.logLines) {
    assert.equal(line.indexOf("\n"), line.length - 1)
    JSON.parse(line)
  }
})
