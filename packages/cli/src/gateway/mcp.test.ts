import assert from "node:assert/strict"
import { createInterface } from "node:readline"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { adminKey, startGatewayBench } from "../testing/gateway-bench.ts"
import type { GatewayBench } from "../testing/gateway-bench.ts"
import { start } from "../testing/start-process.ts"
import type { Ended } from "../testing/start-process.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

/** A `wecom-push mcp` process, with which the test exchanges lines. */
interface Client extends AsyncDisposable {
  /** The answer to a request. */
  ask(method: string, params?: Json): Promise<Json>
  /** The answer of a tool: whether it is an error, and its JSON. */
  call(name: string, args: Json, more?: Json): Promise<{ readonly isError: boolean; readonly said: Json }>
  write(line: string): void
  /** Answers the server's requests, from its next one on. */
  onRequest(answer: (method: string, params: Json) => Json): void
  /** Closes standard input. */
  end(): Promise<Ended>
  /** Leaves standard input open. */
  stop(signal: NodeJS.Signals): Promise<Ended>
}

async function startClient(bench: GatewayBench, key = adminKey, ...flags: readonly string[]): Promise<Client> {
  const running = start(
    ["mcp", ...flags],
    bench.folder,
    { WECOM_PUSH_URL: bench.gateway.url, WECOM_PUSH_KEY: key },
    { stdin: "pipe" },
  )
  const { stdin, stdout } = running.child
  if (stdin === null || stdout === null) throw new Error("no pipes")
  const waiting = new Map<unknown, (answer: Json) => void>()
  let answerRequest: ((method: string, params: Json) => Json) | undefined
  const write = (line: string): void => void stdin.write(`${line}\n`)
  createInterface({ input: stdout }).on("line", (line) => {
    const message: Json = JSON.parse(line)
    if (message["method"] === undefined) waiting.get(message["id"])?.(message)
    else if (message["id"] !== undefined) {
      const result = answerRequest?.(message["method"], message["params"]) ?? {}
      write(JSON.stringify({ jsonrpc: "2.0", id: message["id"], result }))
    }
  })
  let last = 0
  const ask = (method: string, params: Json = {}): Promise<Json> => {
    const { promise, resolve } = Promise.withResolvers<Json>()
    waiting.set(++last, resolve)
    write(JSON.stringify({ jsonrpc: "2.0", id: last, method, params }))
    return promise
  }
  return {
    ask,
    write,
    async call(name, args, more = {}) {
      const { result, error } = await ask("tools/call", { name, arguments: args, ...more })
      assert.equal(error, undefined, JSON.stringify(error))
      return { isError: result.isError === true, said: JSON.parse(result.content[0].text) }
    },
    onRequest: (answer) => void (answerRequest = answer),
    end() {
      stdin.end()
      return running.ended()
    },
    stop(signal) {
      running.child.kill(signal)
      return running.ended()
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

/** The first requests of a client of the 2025 protocol. */
async function initialize(client: Client, capabilities: Json = {}): Promise<Json> {
  const { result } = await client.ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities,
    clientInfo: { name: "test", version: "1" },
  })
  client.write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }))
  return result
}

function people(count: number): Json {
  return { users: Array.from({ length: count }, (_, n) => `u${n}`) }
}

const ELICITS = { elicitation: {} }

/** The fields that a client of 2026-07-28 adds to each request. */
function envelope(capabilities: Json): Json {
  return {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": capabilities,
    },
  }
}

suite("wecom-push mcp", () => {
  const world = shared(async (resources) => {
    const bench = resources.use(await startGatewayBench())
    const client = resources.use(await startClient(bench))
    const begun = await initialize(client, ELICITS)
    return { bench, client, begun }
  })

  test("30.mcp: a client of 2025 lists the tools, each with what it takes", async () => {
    const { client, begun } = world()
    assert.equal(begun["serverInfo"].name, "wecom-push")
    const { result } = await client.ask("tools/list")
    const names = result.tools.map(({ name }: Json) => name)
    assert.deepEqual(names.toSorted(), [
      "cancel",
      "find_person",
      "follow",
      "list_apps",
      "read_replies",
      "recall",
      "send",
    ])
    for (const { inputSchema } of result.tools) assert.equal(inputSchema.additionalProperties, false)
  })

  test("30.mcp: a person is found by mobile and by email; an unknown number is the gateway's own refusal, masked", async () => {
    const { client } = world()
    assert.deepEqual((await client.call("find_person", { mobile: "13800000001" })).said, { userid: "zhangsan" })
    const both = await client.call("find_person", { mobile: "13800000001", email: "a@example.com" })
    assert.deepEqual([both.isError, both.said["code"]], [true, "invalid_value"])
    const none = await client.call("find_person", { mobile: "13999999999" })
    assert.deepEqual([none.isError, none.said["code"]], [true, "not_found"])
    assert.match(none.said["hint"], /key holds the app/)
  })

  // proves 30.mcp: tools over stdio
  test("30.mcp: a message is sent, followed to its end with masked numbers, and recalled", async () => {
    const { bench, client } = world()
    const to = { mobiles: ["13800000001"], users: ["lisi"] }
    const sent = await client.call("send", { idempotency_key: "one", to, text: "磁盘 91%" })
    assert.deepEqual([sent.isError, sent.said["replayed"]], [false, false], JSON.stringify(sent.said))
    const { id } = sent.said
    const { said } = await client.call("follow", { id, wait_seconds: 20 })
    assert.equal(said["message"].state, "sent")
    assert.deepEqual(
      said["recipients"].map(({ address, userid, state }: Json) => [address, userid, state]),
      [
        ["lisi", "lisi", "sent"],
        ["138****0001", "zhangsan", "sent"],
      ],
    )
    const again = await client.call("cancel", { id })
    assert.deepEqual([again.isError, again.said["code"]], [true, "already_sent"])
    const recalled = await client.call("recall", { id })
    assert.equal(recalled.isError, false, JSON.stringify(recalled.said))
    assert.equal((await bench.api("GET", `/v1/messages/${id}`)).json.id, id)
  })

  // proves 30.mcp: the same call twice
  test("30.mcp: the same call twice is one message; the same idempotency key with another text is refused", async () => {
    const { bench, client } = world()
    const args = { idempotency_key: "twice", to: { users: ["wangwu"] }, text: "twice" }
    const first = await client.call("send", args)
    const second = await client.call("send", args)
    assert.deepEqual([second.said["id"], second.said["replayed"]], [first.said["id"], true])
    const other = await client.call("send", { ...args, text: "thrice" })
    assert.deepEqual([other.isError, other.said["code"]], [true, "idempotency_key_reused"])
    const { json } = await bench.api("GET", "/v1/messages")
    assert.equal(json.items.filter(({ id }: Json) => id === first.said["id"]).length, 1)
  })

  test("30.mcp: the apps of the key are listed, with what the key may do", async () => {
    const { said } = await world().client.call("list_apps", {})
    assert.deepEqual(
      said["apps"].map(({ name }: Json) => name),
      ["alerts"],
    )
    assert.ok(said["key"].scopes.includes("send"))
  })

  test("30.mcp: replies are read from an event on; where there are none the wait ends by itself", async () => {
    const { client } = world()
    const { isError, said } = await client.call("read_replies", { after: "0" })
    assert.deepEqual([isError, said["replies"]], [false, []], JSON.stringify(said))
    assert.match(said["next"], /^\d+$/)
    assert.match(said["note"], /data/)
  })

  // proves 30.mcp: a thousand recipients
  test("30.mcp: a thousand people are asked about first, and nothing is sent until the user has confirmed", async () => {
    const { bench, client } = world()
    const args = { idempotency_key: "thousand", to: people(1000), text: "to many" }
    const asked: string[] = []
    client.onRequest((method, { message }) => {
      asked.push(`${method} ${message}`)
      return { action: "decline" }
    })
    const declined = await client.call("send", args)
    assert.deepEqual([declined.isError, declined.said["code"]], [true, "not_confirmed"])
    assert.match(asked[0] ?? "", /^elicitation\/create Send this WeCom message\? To: 1000 people by name\..*to many$/)
    client.onRequest(() => ({ action: "accept", content: { confirm: false } }))
    assert.equal((await client.call("send", args)).said["code"], "not_confirmed")
    const before = (await bench.api("GET", "/v1/messages?limit=1")).json.items[0]
    client.onRequest(() => ({ action: "accept", content: { confirm: true } }))
    const sent = await client.call("send", args)
    assert.deepEqual([sent.isError, sent.said["recipients"]], [false, 1000], JSON.stringify(sent.said))
    assert.notEqual(sent.said["id"], before.id)
    const beyond = await client.ask("tools/call", {
      name: "send",
      arguments: { ...args, idempotency_key: "beyond", to: people(1001) },
    })
    assert.equal(beyond["result"].isError, true)
  })

  test("30.mcp: ten people need no question; eleven, a department, a tag and all do", async () => {
    const { client } = world()
    let asked = 0
    client.onRequest(() => {
      asked++
      return { action: "cancel" }
    })
    const send = (to: Json, key: string) => client.call("send", { idempotency_key: key, to, text: "x" })
    assert.equal((await send(people(10), "ten")).isError, false)
    assert.equal(asked, 0)
    for (const to of [people(11), { departments: [2] }, { tags: [1] }, { all: true }]) {
      assert.equal((await send(to, `to ${JSON.stringify(to)}`.replaceAll(" ", "").slice(0, 60))).isError, true)
    }
    assert.equal(asked, 4)
  })

  // proves 30.mcp: malformed calls, unknown tools
  test("30.mcp: malformed calls and unknown tools are refused, and the next call is served", async () => {
    const { client } = world()
    client.write("{ not json")
    client.write('"a text"')
    client.write("[]")
    const unknown = await client.ask("tools/call", { name: "delete_everything", arguments: {} })
    assert.ok(unknown["error"] !== undefined || unknown["result"].isError === true)
    assert.match(JSON.stringify(unknown), /delete_everything/)
    for (const args of [{}, { idempotency_key: "x", to: {}, text: 5 }, { idempotency_key: "x", to: {}, sudo: true }]) {
      const { result, error } = await client.ask("tools/call", { name: "send", arguments: args })
      assert.ok(error !== undefined || result.isError === true)
    }
    const nothing = await client.call("send", { idempotency_key: "x", to: { users: ["lisi"] } })
    assert.deepEqual([nothing.isError, nothing.said["code"]], [true, "invalid_value"])
    const both = await client.call("send", { idempotency_key: "x", to: { users: ["lisi"] }, text: "a", markdown: "b" })
    assert.equal(both.isError, true)
    assert.equal((await client.call("list_apps", {})).isError, false)
  })
})

// proves 30.mcp: the rights of the key
test("30.mcp: a key's scopes and its cap hold; texts come in the language asked for; stdout has the protocol alone", async () => {
  await using bench = await startGatewayBench()
  const body = { name: "agent", scopes: ["send", "read"], apps: ["alerts"], audience_cap: 2 }
  const { json } = await bench.api("POST", "/v1/keys", body)
  await using client = await startClient(bench, json.key, "--lang", "zh")
  await initialize(client)
  const send = (to: Json) => client.call("send", { idempotency_key: "k", to, text: "x" })
  const capped = await send({ users: ["a", "b", "c"] })
  assert.equal(capped.isError, true)
  assert.match(capped.said["detail"], /[一-鿿]/)
  // A client of the 2025 protocol that has not said that it can ask the user.
  const unasked = await send({ all: true })
  assert.deepEqual([unasked.said["code"], unasked.isError], ["cannot_ask", true])
  assert.match(unasked.said["detail"], /没有发送/)
  const unknown = await client.ask("tools/call", { name: "delete_everything", arguments: {} })
  assert.match(unknown["error"].message, /^没有名为 delete_everything 的工具/)
  const { code, stdout, stderr } = await client.end()
  assert.equal(code, 0, stderr)
  for (const line of stdout.trimEnd().split("\n")) assert.equal(JSON.parse(line).jsonrpc, "2.0")
  assert.match(stderr, /MCP/)
})

test("30.mcp: where the key is refused, each tool says which command makes one, in the user's language", async () => {
  await using bench = await startGatewayBench()
  for (const [language, says] of [
    ["en", /not revoked.*keys create --name NAME/],
    ["zh", /未被吊销.*keys create --name 名称/],
  ] as const) {
    await using client = await startClient(bench, `${adminKey.slice(0, -1)}x`, "--lang", language)
    await initialize(client)
    const { isError, said } = await client.call("list_apps", {})
    assert.deepEqual([isError, said["code"], said["status"]], [true, "unauthorized", 401])
    assert.match(said["hint"], says)
  }
})

test("30.mcp: a line that is no message of the protocol is skipped; standard error says so in one sentence", async () => {
  await using bench = await startGatewayBench()
  for (const [language, says] of [
    ["en", "warning: A line from the client is JSON, but no message"],
    ["zh", "警告：客户端发来的一行虽是 JSON，但不是协议消息"],
  ] as const) {
    await using client = await startClient(bench, adminKey, "--lang", language)
    await initialize(client)
    for (const line of ["{bad json", "[]", "null", "42", "{}", '{"jsonrpc":"1.0","id":7,"method":"tools/list"}'])
      client.write(line)
    assert.equal((await client.call("list_apps", {})).isError, false)
    const { code, stderr } = await client.end()
    assert.equal(code, 0, stderr)
    const warnings = stderr.split("\n").filter((line) => line.startsWith(language === "en" ? "warning" : "警告"))
    assert.equal(warnings.length, 5, stderr)
    for (const warning of warnings) assert.ok(warning.startsWith(says) && warning.length < 200, warning)
  }
})

test("30.mcp: a client of 2026-07-28 asks without a handshake, and comes back with the answer of its user", async () => {
  await using bench = await startGatewayBench()
  await using client = await startClient(bench)
  const args = { idempotency_key: "modern", to: { departments: [2] }, text: "to a department" }
  const call = async (arguments_: Json, more: Json = {}): Promise<Json> => {
    const { result, error } = await client.ask("tools/call", {
      name: "send",
      arguments: arguments_,
      ...envelope(ELICITS),
      ...more,
    })
    return result ?? error
  }
  const asked = await call(args)
  assert.equal(asked["resultType"], "input_required", JSON.stringify(asked))
  const { requestState } = asked
  const inputResponses = { confirm: { action: "accept", content: { confirm: true } } }
  const other = await call({ ...args, text: "something else" }, { requestState, inputResponses })
  assert.match(JSON.stringify(other), /confirmation_refused/)
  const sent = JSON.parse((await call(args, { requestState, inputResponses }))["content"][0].text)
  const twice = JSON.parse((await call(args, { requestState, inputResponses }))["content"][0].text)
  assert.deepEqual([twice.id, sent.replayed, twice.replayed], [sent.id, false, true])
})

test("30.mcp: without a key nothing is served: exit 2; a gateway that is away is a tool's error; SIGTERM ends it with 143", async () => {
  await using bench = await startGatewayBench()
  const blank = await bench.run(["mcp"], { env: { WECOM_PUSH_KEY: "", WECOM_PUSH_URL: "https://push.example.com" } })
  assert.equal(blank.code, 2)
  assert.equal(blank.stdout, "")
  await using client = await startClient(bench)
  await initialize(client)
  await bench.gateway.stop(0)
  const away = await client.call("list_apps", {})
  assert.deepEqual([away.isError, away.said["code"]], [true, "gateway_unreachable"])
  assert.equal((await client.stop("SIGTERM")).code, 143)
})
