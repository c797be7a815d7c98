// Unchanged clients of both protocol generations check that our answers follow the protocol, independent of our understanding.
import assert from "node:assert/strict"
import { join } from "node:path"
import { suite, test } from "node:test"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js"
import { StdioClientTransport as OldStdioTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import { StreamableHTTPClientTransport as OldHttpTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js"
import { ADMIN_KEY } from "../../packages/gateway/src/doors/http/testing/start-gateway.ts"
import { startWithSimulator } from "../../packages/gateway/src/doors/http/testing/start-with-simulator.ts"
import { shared } from "../../tools/testing/shared.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

interface Connected extends AsyncDisposable {
  readonly tools: () => Promise<readonly string[]>
  readonly call: (name: string, args: Json) => Promise<Json>
  /** The questions that the user was asked. */
  readonly asked: readonly string[]
}

const COMMAND = join(import.meta.dirname, "..", "..", "packages", "cli", "bin", "wecom-push.js")
const ABOUT = { name: "oracle", version: "1" }
const CAN_ASK = { capabilities: { elicitation: { form: {} } } }
const CONFIRMED = { action: "accept" as const, content: { confirm: true } }

const startsOf = (url: string) => ({
  command: process.execPath,
  args: [COMMAND, "mcp"],
  env: { PATH: process.env["PATH"] ?? "", WECOM_PUSH_URL: url, WECOM_PUSH_KEY: ADMIN_KEY },
  stderr: "ignore" as const,
})
const withKey = { requestInit: { headers: { authorization: `Bearer ${ADMIN_KEY}` } } }
const addressOf = (url: string) => new URL(`${url}/mcp`)

async function newer(url: string, over: "http" | "stdio"): Promise<Connected> {
  const client = new Client(ABOUT, { ...CAN_ASK, versionNegotiation: { mode: { pin: "2026-07-28" } } })
  const asked: string[] = []
  client.setRequestHandler("elicitation/create", ({ params }) => {
    asked.push(params.message)
    return CONFIRMED
  })
  const transport =
    over === "http"
      ? new StreamableHTTPClientTransport(addressOf(url), withKey)
      : new StdioClientTransport(startsOf(url))
  await client.connect(transport)
  return {
    asked,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => readResult(await client.callTool({ name, arguments: args })),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

async function older(url: string, over: "http" | "stdio"): Promise<Connected> {
  const client = new OldClient(ABOUT, CAN_ASK)
  const asked: string[] = []
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params.message)
    return CONFIRMED
  })
  const transport =
    over === "http" ? new OldHttpTransport(addressOf(url), withKey) : new OldStdioTransport(startsOf(url))
  await client.connect(transport)
  return {
    asked,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => readResult(await client.callTool({ name, arguments: args })),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

function readResult(result: Json): Json {
  return { ...JSON.parse(result["content"][0].text), isError: result["isError"] === true }
}

const CLIENTS = {
  "@modelcontextprotocol/client 2 over HTTP": { connect: (url: string) => newer(url, "http"), canBeAsked: true },
  "@modelcontextprotocol/client 2 over stdio": { connect: (url: string) => newer(url, "stdio"), canBeAsked: true },
  "@modelcontextprotocol/sdk 1 over HTTP": { connect: (url: string) => older(url, "http"), canBeAsked: false },
  "@modelcontextprotocol/sdk 1 over stdio": { connect: (url: string) => older(url, "stdio"), canBeAsked: true },
}

suite("clients of MCP, unchanged", () => {
  const world = shared(async (resources) => resources.use(await startWithSimulator()))

  for (const [what, { connect, canBeAsked }] of Object.entries(CLIENTS)) {
    const outcome = canBeAsked ? "asks its user before a department is sent to" : "is refused a department"
    // proves 30.mcp-real: clients that others wrote
    test(`${what} finds a person, sends, follows, recalls, and ${outcome}`, async () => {
      await using client = await connect(world().gateway.url)
      assert.ok((await client.tools()).includes("send"))
      assert.equal((await client.call("find_person", { mobile: "13800000001" }))["userid"], "zhangsan")
      const sent = await client.call("send", {
        idempotency_key: what.replaceAll(" ", "-"),
        to: { users: ["lisi"] },
        text: what,
      })
      assert.equal(sent["isError"], false, JSON.stringify(sent))
      const followed = await client.call("follow", { id: sent["id"], wait_seconds: 20 })
      assert.equal(followed["message"].state, "sent", JSON.stringify(followed))
      assert.ok((await world().phone("lisi")).some(({ body }) => JSON.stringify(body).includes(what)))
      assert.equal((await client.call("recall", { id: sent["id"] }))["isError"], false)

      const args = { idempotency_key: `${what.replaceAll(" ", "-")}-2`, to: { departments: [2] }, text: "to all of it" }
      const toDepartment = await client.call("send", args)
      assert.deepEqual(
        [toDepartment["isError"], toDepartment["code"]],
        [!canBeAsked, canBeAsked ? undefined : "cannot_ask"],
      )
      assert.equal(client.asked.length, canBeAsked ? 1 : 0)
      const card = {
        card_type: "text_notice",
        main_title: { title: what },
        card_action: { type: 1, url: "https://mon.example.com/a/3" },
      }
      const withCard = { idempotency_key: `${what.replaceAll(" ", "-")}-3`, to: { users: ["lisi"] } }
      const sentCard = await client.call("send", { ...withCard, template_card: card })
      assert.equal(sentCard["isError"], false, JSON.stringify(sentCard))
      await client.call("follow", { id: sentCard["id"], wait_seconds: 20 })
      const cards = (await world().phone("lisi")).map(({ body }) => body.template_card)
      assert.ok(cards.some((one) => JSON.stringify(one) === JSON.stringify(card)))
      const malformed = await client.call("send", { to: {} })
      assert.deepEqual(
        [malformed["isError"], malformed["code"], malformed["errors"]?.[0]?.path],
        [true, "invalid_arguments", "/idempotency_key"],
      )
    })
  }
})
