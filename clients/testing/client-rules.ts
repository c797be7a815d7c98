import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { test } from "node:test"
import { promisify } from "node:util"
import { startUnfaithfulProxy } from "../../packages/client/src/testing/unfaithful-proxy.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "../../packages/gateway/src/doors/http/testing/start-gateway.ts"
import { startWithSimulator } from "../../packages/gateway/src/doors/http/testing/start-with-simulator.ts"
import { freePort } from "../../tools/testing/free-port.ts"
import { shared } from "../../tools/testing/shared.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

/** A small program that uses the client: it makes one call, and prints each result as a line of JSON. */
export interface Driver {
  readonly program: string
  readonly argv: readonly string[]
}

/** The tests of every language's client, with a real gateway and WeCom's simulator. */
export function clientRules(language: string, driver: () => Driver, skip: string | false): void {
  const world = shared(async (resources) => {
    if (skip !== false) return undefined
    const whole = resources.use(await startWithSimulator())
    return { whole, proxy: resources.use(await startUnfaithfulProxy(whole.gateway.url)) }
  })
  const started = () => {
    const there = world()
    if (there === undefined) throw new Error("what is skipped has begun")
    return there
  }
  const call = async (command: string, options: Json = {}, { url, key = ADMIN_KEY }: CallOptions = {}) => {
    const { program, argv } = driver()
    const words = [...argv, url ?? started().proxy.url, key, command, JSON.stringify(options)]
    // The test must not use a proxy of the machine.
    const env = { ...process.env, no_proxy: "*", NO_PROXY: "*" }
    const { stdout } = await promisify(execFile)(program, words, { env, timeout: 60_000 })
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Json)
  }
  const send = async (options: Json = {}, how?: CallOptions): Promise<Json> => {
    const [answer] = await call("send", { message: aMessage(), ...options }, how)
    return answer ?? {}
  }
  const rule = (title: string, body: () => Promise<void>): void => void test(`30.${language}: ${title}`, { skip }, body)

  // proves 30.python: the client in Python
  rule("a message is sent, waited for, and the result of each recipient read", async () => {
    const { id } = await send({ message: aMessage({ to: { mobiles: ["13800000001"], users: ["outsider"] } }) })
    const [message] = await call("wait", { id, within: 30 })
    assert.deepEqual([message?.["state"], message?.["recipients"].pending], ["partly_sent", 0])
    const recipients = await call("recipients", { id })
    assert.deepEqual(
      recipients.map(({ address, state }) => [address, state]),
      [
        ["outsider", "invalid"],
        ["13800000001", "sent"],
      ],
    )
    const scheduled = await send({ message: aMessage({ send_at: new Date(Date.now() + 3_600_000).toISOString() }) })
    const [waiting] = await call("wait", { id: scheduled["id"], within: 0.2 })
    assert.equal(waiting?.["state"], "scheduled")
  })

  // proves 30.python: the client in Python
  // proves 30.go: the client in Go, by the same rules
  rule("a send whose answer is lost, or broke off, is made again with its key, and is one message", async () => {
    const { proxy, whole } = started()
    proxy.seen.length = 0
    proxy.does({ lose: "answer" }, { cutBehind: '"id"' }, { answer: 503, body: "no server is available" })
    const { id } = await send()
    const keys = proxy.seen.map(({ headers }) => headers["idempotency-key"])
    assert.equal(keys.length, 4)
    assert.deepEqual([new Set(keys).size, typeof keys[0]], [1, "string"])
    const { json } = await whole.request("/v1/messages?limit=1")
    assert.equal(json.items[0].id, id)
    const [one, again] = [await send({ key: "order-4711" }), await send({ key: "order-4711" })]
    assert.equal(one["id"], again["id"])
  })

  // proves 30.trace: the clients in Python and Go
  rule("a trace goes with the message, and none with the next", async () => {
    const { proxy } = started()
    proxy.seen.length = 0
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await send({ traceparent, tracestate: "a=1" })
    await send({ traceparent })
    await send()
    assert.deepEqual(
      proxy.seen.map(({ headers }) => [headers["traceparent"], headers["tracestate"]]),
      [
        [traceparent, "a=1"],
        [traceparent, undefined],
        [undefined, undefined],
      ],
    )
  })

  // proves 30.python: the client in Python
  rule("a refusal is a typed error; what stays so is not repeated", async () => {
    const { proxy } = started()
    proxy.seen.length = 0
    const { problem } = await send({ message: aMessage({ text: { content: "" } }) })
    assert.deepEqual([problem.status, problem.code, problem.errors[0].path], [422, "invalid_value", "/text/content"])
    assert.equal(problem.type, "urn:wecom-push:problem:invalid_value")
    assert.equal((await send({}, { key: "wp_none" }))["problem"].code, "unauthorized")
    assert.equal(proxy.seen.length, 2)
  })

  // proves 30.python: the client in Python
  rule("after 429 it waits as long as Retry-After says, and where that is too long it refuses at once", async () => {
    const { proxy } = started()
    proxy.seen.length = 0
    proxy.does({ answer: 429, headers: { "retry-after": "1" } })
    const began = performance.now()
    assert.ok((await send())["id"] !== undefined && performance.now() - began >= 950)
    proxy.does({ answer: 429, headers: { "retry-after": "3600" } })
    const { problem } = await send()
    assert.deepEqual([problem.status, problem.retry_after, proxy.seen.length], [429, 3600, 3])
  })

  // proves 30.python: the client in Python
  rule("without a gateway it gives up after its time; of several the next is asked", async () => {
    const { proxy } = started()
    const dead = `http://127.0.0.1:${await freePort()}`
    const { unreachable } = await send({ within: 0.5 }, { url: dead })
    assert.ok(String(unreachable).startsWith(dead), unreachable)
    assert.match((await send({}, { url: `${dead},${proxy.url}` }))["id"], /^msg_/)
  })

  // proves 30.python: the client in Python
  rule("half an event is left out, and read whole where it continues: each comes once, in order", async () => {
    await using gateway = await startTestGateway()
    await using proxy = await startUnfaithfulProxy(gateway.url)
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push((await gateway.request("/v1/messages", { body: aMessage() })).json.id)
    proxy.does({ cutBehind: `"message_id":"${ids[1]}"` }, { lose: "request" }, { cutBehind: `"message_id":"${ids[3]}` })
    const options = { after: 0, types: ["message.accepted"], count: 5 }
    const events = await call("events", options, { url: proxy.url })
    assert.deepEqual(
      events.map(({ message_id }) => message_id),
      ids,
    )
    // The first event is about the app.
    const asked = proxy.seen.map(({ headers }) => headers["last-event-id"])
    assert.deepEqual(asked, ["0", "2", "2", "4"])
  })

  // proves 30.python: the client in Python
  rule("where an event was deleted the client gives a reset first; a wrong key ends the events", async () => {
    await using gateway = await startTestGateway()
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push((await gateway.request("/v1/messages", { body: aMessage() })).json.id)
    // All but the newest.
    const times = { now: 0, finishedBefore: 0, lookupsBefore: 0, auditBefore: 0, auditEntries: 1000, limit: 1000 }
    await gateway.stores.upkeep.prune({ ...times, eventsBefore: Date.now() + 60_000 })
    const [pruned, kept] = await call("events", { after: 1, count: 2 }, { url: gateway.url })
    assert.deepEqual([pruned?.["type"], pruned?.["data"].reason, kept?.["message_id"]], ["reset", "deleted", ids[2]])
    const [reset] = await call("events", { after: 999_999, count: 1 })
    assert.deepEqual([reset?.["type"], reset?.["data"].last_event_id], ["reset", 999_999])
    const [refused] = await call("events", { count: 1 }, { key: "wp_none" })
    assert.equal(refused?.["problem"].code, "unauthorized")
  })
}

interface CallOptions {
  /** One address, or several separated by commas. */
  readonly url?: string
  readonly key?: string
}
