import assert from "node:assert/strict"
import { test } from "node:test"
import { ADMIN_KEY, startTestGateway } from "../../gateway/src/doors/http/testing/start-gateway.ts"
import { startWithSimulator } from "../../gateway/src/doors/http/testing/start-with-simulator.ts"
import { freePort } from "../../../tools/testing/free-port.ts"
import { shared } from "../../../tools/testing/shared.ts"
import { GatewayClient, ProblemError, UnreachableError } from "./index.ts"
import type { GatewayClientOptions, Message } from "./index.ts"
import { startUnfaithfulProxy } from "./testing/unfaithful-proxy.ts"

const world = shared(async (resources) => {
  const whole = resources.use(await startWithSimulator())
  const { gateway } = whole
  return { gateway, whole, proxy: resources.use(await startUnfaithfulProxy(gateway.url)) }
})

const MESSAGE: Message = { app: "alerts", to: { users: ["lisi"] }, msgtype: "text", text: { content: "磁盘 91%" } }

function client(options: Partial<GatewayClientOptions> = {}): GatewayClient {
  return new GatewayClient({ baseUrl: world().proxy.url, key: ADMIN_KEY, ...options })
}

/** Requests that the proxy got meanwhile. */
async function seenDuring<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly keys: readonly unknown[] }> {
  const { seen } = world().proxy
  seen.length = 0
  const result = await work()
  return { result, keys: seen.map(({ headers }) => headers["idempotency-key"]) }
}

/** Takes a request, and never answers. */
const silent: typeof fetch = (_, init) => {
  const { promise, reject } = Promise.withResolvers<Response>()
  init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))
  return promise
}

const makeKey = () => client().api.POST("/v1/keys", { body: { name: "k", scopes: ["read"], apps: "all" } })

async function acceptedSince(since: string): Promise<number> {
  const { json } = await world().whole.request(`/v1/messages?since=${encodeURIComponent(since)}`)
  return json.items.length
}

// proves 30.client: the key kept over repeats
test("30.client: a send whose answer is lost is made again with its key, and is one message", async () => {
  const since = new Date().toISOString()
  world().proxy.does({ lose: "answer" }, { lose: "request" })
  const { result, keys } = await seenDuring(() => client().send(MESSAGE))
  assert.equal(keys.length, 3)
  assert.equal(new Set(keys).size, 1)
  assert.match(String(keys[0]), /^[0-9a-f]{32}$/)
  assert.match(result.id, /^msg_/)
  assert.equal(await acceptedSince(since), 1)
})

test("30.client: many messages whose answer is lost are handed over again with their keys, and come once", async () => {
  const since = new Date().toISOString()
  world().proxy.does({ lose: "answer" })
  const { result, keys } = await seenDuring(() => client().sendMany([MESSAGE, MESSAGE]))
  assert.equal(keys.length, 2)
  assert.deepEqual(
    result.map(({ status }) => status),
    [202, 202],
  )
  assert.equal(await acceptedSince(since), 2)
})

// proves 30.client: half an answer
test("30.client: half an answer counts as none", async () => {
  world().proxy.does({ cutBehind: '"id"' })
  const { result, keys } = await seenDuring(() => client().send(MESSAGE))
  assert.equal(keys.length, 2)
  assert.match(result.id, /^msg_/)
})

test("30.client: 503 is repeated, also where a proxy says it; 401, 422 and others that stay so are not", async () => {
  world().proxy.does({ answer: 503, body: "no server is available" }, { answer: 502 })
  assert.equal((await seenDuring(() => client().send(MESSAGE))).keys.length, 3)
  const refused = await seenDuring(() =>
    client({ key: "wp_none" })
      .send(MESSAGE)
      .catch((error: unknown) => error),
  )
  assert.deepEqual([(refused.result as ProblemError).code, refused.keys.length], ["unauthorized", 1])
  const invalid = await seenDuring(() =>
    client()
      .send({ ...MESSAGE, to: {} })
      .catch((error: unknown) => error),
  )
  assert.deepEqual([(invalid.result as ProblemError).status, invalid.keys.length], [422, 1])
})

// proves 30.client: 429 and `Retry-After`
test("30.client: after 429 it waits as long as Retry-After says; where that is beyond its time, it refuses at once", async () => {
  await using gateway = await startTestGateway({ limits: { requestsPerSecond: 0.5 } })
  const { json } = await gateway.request("/v1/keys", { body: { name: "slow", scopes: ["send"], apps: "all" } })
  let asked = 0
  const slow = client({ baseUrl: gateway.url, key: json.key, fetch: (...request) => (asked++, fetch(...request)) })
  const started = performance.now()
  // Five of a key are let through at once, and another one after two seconds.
  await Promise.all(Array.from({ length: 6 }, () => slow.send(MESSAGE)))
  assert.ok(asked > 6, `${asked} requests`)
  assert.ok(performance.now() - started >= 1900)

  world().proxy.does({ answer: 429, headers: { "retry-after": "3600" } })
  const refused = await seenDuring(() =>
    client()
      .send(MESSAGE)
      .catch((error: unknown) => error),
  )
  assert.ok(refused.result instanceof ProblemError)
  assert.deepEqual([refused.result.status, refused.result.retryAfterMs, refused.keys.length], [429, 3_600_000, 1])
})

test("30.client: a date in Retry-After is read by the clock of the server that sent it", async () => {
  const date = "Tue, 01 Jan 2036 00:00:00 GMT"
  world().proxy.does({ answer: 503, headers: { date, "retry-after": "Tue, 01 Jan 2036 02:00:00 GMT" } })
  await assert.rejects(client().send(MESSAGE), { status: 503, retryAfterMs: 7_200_000 })
})

// proves 30.client: a gateway that is away
test("30.client: without a gateway it gives up after its time, and says what it met", async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  const error = await client({ baseUrl: url, withinMs: 700 })
    .send(MESSAGE)
    .catch((error: unknown) => error)
  assert.ok(error instanceof UnreachableError)
  assert.match(error.message, /ECONNREFUSED/)
})

// proves 30.client: several gateways
test("30.client: of several gateways the next is asked when one is away or refuses, and then asked first", async () => {
  const [dead, { proxy, gateway }] = [`http://127.0.0.1:${await freePort()}`, world()]
  proxy.does({ answer: 503, headers: { "retry-after": "3600" } })
  const gateways = client({ baseUrl: [dead, proxy.url, gateway.url] })
  const { keys } = await seenDuring(() => gateways.send(MESSAGE))
  assert.equal(keys.length, 1)
  assert.equal((await seenDuring(() => gateways.send(MESSAGE))).keys.length, 0)
})

test("30.client: a gateway that is silent is left after a try's time, and a signal ends a call with its reason", async () => {
  const asked: string[] = []
  const gateways = client({
    baseUrl: ["http://silent.invalid", world().gateway.url],
    tryMs: 300,
    fetch: (input, init) => {
      const { url } = new Request(input)
      asked.push(url)
      return url.startsWith("http://silent.invalid") ? silent(input, init) : fetch(input, init)
    },
  })
  await gateways.send(MESSAGE)
  assert.deepEqual(asked.slice(0, 2), [`http://silent.invalid/v1/messages`, `${world().gateway.url}/v1/messages`])
  const leaving = new AbortController()
  const call = client({ fetch: silent }).send(MESSAGE, { signal: leaving.signal })
  const reason = new Error("enough")
  leaving.abort(reason)
  await assert.rejects(call, (error) => error === reason)
})

test("30.client: what may not be made twice is repeated only where the gateway says that nothing was done", async () => {
  const { proxy } = world()
  proxy.does({ lose: "answer" })
  const lost = await seenDuring(() => makeKey().catch((error: unknown) => error))
  assert.ok(lost.result instanceof UnreachableError)
  assert.equal(lost.keys.length, 1)
  const busy = JSON.stringify({
    type: "urn:wecom-push:problem:too_busy",
    title: "",
    status: 503,
    detail: "",
    code: "too_busy",
    hint: "",
    errors: [],
  })
  proxy.does({ answer: 503, body: busy })
  assert.equal((await seenDuring(makeKey)).keys.length, 2)
})

test("30.client: an HTML page in place of an answer is a typed error", async () => {
  world().proxy.does({ answer: 200, headers: { "content-type": "text/html" }, body: "<html>log in</html>" })
  await assert.rejects(client().send(MESSAGE), { code: "unexpected_answer", status: 200 })
})
