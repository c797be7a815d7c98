import assert from "node:assert/strict"
import { test } from "node:test"
import { ADMIN_KEY } from "../../gateway/src/doors/http/testing/start-gateway.ts"
import { hearCalls } from "../../gateway/src/doors/http/testing/hear-calls.ts"
import { startWithSimulator } from "../../gateway/src/doors/http/testing/start-with-simulator.ts"
import { shared } from "../../../tools/testing/shared.ts"
import { GatewayClient, ProblemError } from "./index.ts"
import type { Message } from "./index.ts"

const world = shared(async (resources) => resources.use(await startWithSimulator()))

function client(key = ADMIN_KEY): GatewayClient {
  return new GatewayClient({ baseUrl: world().gateway.url, key })
}

function aText(content: string, to: Message["to"] = { mobiles: ["13800000001"] }): Message {
  return { app: "alerts", to, msgtype: "text", text: { content } }
}

// proves 30.client: send, wait, read the results
test("30.client: a message is sent, waited for, and the result of each recipient read", async () => {
  const gateway = client()
  const { id, state, recipients } = await gateway.send(
    aText("磁盘 91%", { mobiles: ["13800000001"], users: ["nobody-here"] }),
  )
  assert.deepEqual([state, recipients], ["queued", 2])
  const message = await gateway.waitFor(id)
  assert.deepEqual([message.state, message.recipients.pending], ["partly_sent", 0])
  const results = await Array.fromAsync(gateway.recipients(id))
  assert.deepEqual(
    results.map((one) => [one.address, one.state]),
    [
      ["nobody-here", "invalid"],
      ["13800000001", "sent"],
    ],
  )
  assert.equal((await Array.fromAsync(gateway.recipients(id, { state: "sent" }))).length, 1)
})

// proves 30.client: one key for each message
test("30.client: each send has a key of its own, and one with a given key is the same message", async () => {
  const gateway = client()
  const [one, other] = [await gateway.send(aText("一")), await gateway.send(aText("一"))]
  assert.notEqual(one.id, other.id)
  const idempotencyKey = "order-4711"
  const [first, again] = [
    await gateway.send(aText("二"), { idempotencyKey }),
    await gateway.send(aText("二"), { idempotencyKey }),
  ]
  assert.equal(first.id, again.id)
})

// proves 30.trace: the client in TypeScript
test("30.client: a traceparent goes with the message to WeCom, and one of a batch with its own", async () => {
  using heard = hearCalls(world())
  const gateway = client()
  const one = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  const other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  const sent = [
    await gateway.send(aText("一"), { traceparent: one, tracestate: "a=1" }),
    await gateway.send(aText("二")),
    ...(await gateway.sendMany([{ ...aText("三"), traceparent: other }])),
  ]
  for (const { id } of sent) await gateway.waitFor(id ?? assert.fail())
  assert.deepEqual(
    new Set(
      heard.of("message/send").map(({ traceparent, tracestate }) => `${String(traceparent)} ${String(tracestate)}`),
    ),
    new Set([`${one} a=1`, "undefined undefined", `${other} undefined`]),
  )
})

test("30.client: of many messages one that is refused has its problem, and the others are accepted", async () => {
  const results = await client().sendMany([aText("一"), aText("二", { users: [] }), aText("三")])
  assert.deepEqual(
    results.map(({ status, problem }) => [status, problem?.code]),
    [
      [202, undefined],
      [422, "invalid_value"],
      [202, undefined],
    ],
  )
})

// proves 30.client: typed errors
test("30.client: a refusal is a typed error, with what is wrong with each field, in the language asked for", async () => {
  const error = await client()
    .send(aText("", { mobiles: ["13800000001"] }))
    .catch((error: unknown) => error)
  assert.ok(error instanceof ProblemError)
  assert.deepEqual(
    [error.status, error.code, error.type],
    [422, "invalid_value", "urn:wecom-push:problem:invalid_value"],
  )
  assert.deepEqual(
    error.errorsOf("/text/content").map(({ code, errcode }) => [code, errcode]),
    [["empty", 44004]],
  )
  assert.match(error.title, /^A value is out of range$/)
  assert.ok(error.hint !== "" && error.detail !== "")
  const chinese = new GatewayClient({ baseUrl: world().gateway.url, key: ADMIN_KEY, language: "zh" })
  await assert.rejects(chinese.send(aText("")), { title: "取值不合要求" })
})

// proves 30.client: 401
test("30.client: a key that is none is refused at once, by each method", async () => {
  const gateway = client("wp_none")
  for (const call of [
    () => gateway.send(aText("一")),
    () => gateway.waitFor("msg_none"),
    () => gateway.events().next(),
    () => gateway.api.GET("/v1/apps", {}),
  ]) {
    await assert.rejects(
      call,
      (error) => error instanceof ProblemError && error.code === "unauthorized" && error.status === 401,
    )
  }
})

test("30.client: every other route is there by its path, and throws what the methods throw", async () => {
  const { api } = client()
  const { data } = await api.GET("/v1/apps/{name}", { params: { path: { name: "alerts" } } })
  assert.equal(data?.agent_id, 1_000_002)
  await assert.rejects(api.GET("/v1/apps/{name}", { params: { path: { name: "none" } } }), {
    status: 404,
    code: "not_found",
  })
})

test("30.client: what is not over in time is given as it is", async () => {
  const gateway = client()
  const send_at = new Date(Date.now() + 3_600_000).toISOString()
  const { id } = await gateway.send({ ...aText("三"), send_at })
  const message = await gateway.waitFor(id, { withinMs: 150 })
  assert.deepEqual([message.state, message.recipients.pending], ["scheduled", 1])
})
