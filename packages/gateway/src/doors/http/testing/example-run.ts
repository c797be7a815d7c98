import { setTimeout as sleep } from "node:timers/promises"
import type { ApiExample } from "../api-examples.ts"
import { startWithSimulator } from "./start-with-simulator.ts"
import type { WithSimulator } from "./start-with-simulator.ts"
import { postForm } from "./media-form.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- looks into answers freely
type Json = any

/** Calls most operations of a gateway that has just started. @returns requests and answers, by operation */
export async function runExamples(): Promise<Readonly<Record<string, ApiExample>>> {
  await using world = await startWithSimulator()
  const run = new ExampleRun(world)
  await examplesOfMessages(run)
  await examplesOfFiles(run)
  await examplesOfAdministration(run)
  await examplesOfConversations(run)
  await examplesOfChats(run)
  await run.ask("getStatus", "/v1/status")
  await run.ask("healthz", "/healthz")
  await run.ask("livez", "/livez")
  await run.ask("readyz", "/readyz")
  return run.told()
}

async function examplesOfMessages(run: ExampleRun): Promise<void> {
  const { id } = await run.ask("sendMessage", "/v1/messages", text("磁盘 91%", { to: AUDIENCE }))
  await run.until(id, "partly_sent")
  await run.ask("getMessage", `/v1/messages/${id}`)
  await run.ask("listMessages", "/v1/messages?limit=1")
  await run.ask("listRecipients", `/v1/messages/${id}/recipients`)
  await run.ask("listAttempts", `/v1/messages/${id}/attempts`)
  await run.ask("listCalls", `/v1/messages/${id}/calls`)
  await run.ask("lookUp", "/v1/lookup", { app: "alerts", mobile: "13800000001" })
  await run.ask("listDepartments", "/v1/apps/alerts/departments")
  await run.ask("listMembers", "/v1/apps/alerts/members?limit=2")
  await run.ask("listTags", "/v1/apps/alerts/tags")
  await run.ask("getTag", "/v1/apps/alerts/tags/1")

  await run.ask("retryMessage", `/v1/messages/${id}/retry`, { states: ["invalid"] })
  await run.until(id, "partly_sent")
  await run.ask("recallMessage", `/v1/messages/${id}/recall`, {})

  const send_at = new Date(Date.now() + 3_600_000).toISOString()
  const [first, scheduled] = await run.ask("sendBatch", "/v1/messages/batch", [
    text("一", { idempotency_key: "run-9-1" }),
    text("二", { idempotency_key: "run-9-2", send_at }),
  ])
  await run.until(first.id, "sent")
  await run.ask("cancelMessage", `/v1/messages/${scheduled.id}/cancel`, {})
  await run.ask("cancelMessages", "/v1/messages/cancel", { app: "alerts" })

  const { id: card } = await run.ask(undefined, "/v1/messages", text("", { ...CARD, text: undefined }))
  await run.until(card, "sent")
  await run.ask("changeCard", `/v1/messages/${card}/card`, { button: { replace_name: "已批准" } })
}

function text(content: string, more: object = {}): object {
  return { app: "alerts", to: { mobiles: ["13800000001"] }, msgtype: "text", text: { content }, ...more }
}

const AUDIENCE = { mobiles: ["13800000001"], users: ["outsider"] }

const CARD = {
  msgtype: "template_card",
  template_card: {
    card_type: "button_interaction",
    main_title: { title: "请假" },
    task_id: "leave-4711",
    button_list: [{ text: "批准", key: "yes" }],
  },
}

async function examplesOfFiles(run: ExampleRun): Promise<void> {
  const form = new FormData()
  form.set("type", "file")
  form.set("file", new Blob(["日期,磁盘\n"]), "report.csv")
  const { id } = run.keep("storeMedia", undefined, await postForm(run.world, form))
  await run.ask("getMedia", `/v1/media/${id}`)
  await run.ask("listMedia", "/v1/media")
}

async function examplesOfAdministration(run: ExampleRun): Promise<void> {
  await run.ask("createApp", "/v1/apps", {
    name: "hr",
    corp_id: "ww0000000000000001",
    agent_id: 1_000_003,
    secret: "sim-secret-hr",
  })
  await run.ask("getApp", "/v1/apps/hr")
  await run.ask("changeApp", "/v1/apps/hr", { settings: { concurrent_calls: 20 } }, "PATCH")
  await run.ask("listApps", "/v1/apps")
  const corp = "/v1/corps/ww0000000000000001"
  await run.ask("setCorp", corp, { settings: { lookups_per_minute: 6000 } }, "PUT")
  await run.ask("getCorp", corp)
  const { id } = await run.ask("createKey", "/v1/keys", { name: "shop", scopes: ["send", "read"], apps: ["alerts"] })
  await run.ask("getKey", `/v1/keys/${id}`)
  await run.ask("listKeys", "/v1/keys")
  await run.ask("rotateKey", `/v1/keys/${id}/rotate`, undefined, "POST")
  const to = { mobiles: ["13800000001"] }
  const cron = { name: "cron", adapter: "text", app: "alerts", to }
  const { id: source } = await run.ask("createSource", "/v1/sources", cron)
  await run.ask("getSource", `/v1/sources/${source}`)
  await run.ask("changeSource", `/v1/sources/${source}`, { priority: "high" }, "PATCH")
  await run.ask("listSources", "/v1/sources")
  await run.ask("rotateSource", `/v1/sources/${source}/rotate`, { old_token_s: 3600 })
  const ticket = { template: "{{ title }}（{{ host }}）", body: { title: "磁盘 91%", host: "db1" } }
  await run.ask("previewTemplate", "/v1/sources/preview", ticket)
  await run.ask("listAudit", "/v1/audit?limit=2")
}

/** A robot of the simulator's, to which a member writes. */
async function examplesOfConversations(run: ExampleRun): Promise<void> {
  const { world } = run
  const bot = { name: "assistant", kind: "bot", bot_id: "sim-bot", secret: "sim-bot-secret" }
  await world.request("/v1/apps", { method: "POST", body: JSON.stringify(bot) })
  const hello = { app: "assistant", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "你好" } }
  const { json } = await world.request("/v1/messages", { method: "POST", body: JSON.stringify(hello) })
  await world.until(json["id"], "sent")
  world.simulator.say({ userid: "zhangsan", bot: "sim-bot", msgtype: "text", text: { content: "磁盘还剩多少？" } })
  const conversations = "/v1/apps/assistant/conversations"
  while ((await world.request(conversations)).json["items"].length === 0) await sleep(5)
  await run.ask("listConversations", conversations)
}

/** Uses the simulator's app that sees the whole corp. */
async function examplesOfChats(run: ExampleRun): Promise<void> {
  const all = { name: "all", corp_id: "ww0000000000000001", agent_id: 1_000_004, secret: "sim-secret-root" }
  await run.world.request("/v1/apps", { method: "POST", body: JSON.stringify(all) })
  const chat = { app: "all", chatid: "oncall", name: "值班群", owner: { user: "zhangsan" } }
  const members = { users: ["lisi"], mobiles: ["13800000003"] }
  await run.ask("createChat", "/v1/chats", { ...chat, members })
  await run.ask("getChat", "/v1/chats/oncall?app=all")
  await run.ask("changeChat", "/v1/chats/oncall?app=all", { name: "夜班", add: { users: ["007"] } }, "PATCH")
  await run.ask("listChats", "/v1/chats?app=all")
}

class ExampleRun {
  readonly world: WithSimulator
  readonly #startedAt = Date.now()
  readonly #examples = new Map<string, ApiExample>()

  constructor(world: WithSimulator) {
    this.world = world
  }

  /** @param operation undefined if the call only prepares others */
  async ask(operation: string | undefined, path: string, body?: unknown, method?: string): Promise<Json> {
    const answer = await this.world.request(path, { ...(body !== undefined && { body }), ...(method && { method }) })
    if (answer.status >= 300) throw new Error(`${operation ?? path} was refused: ${answer.text}`)
    return operation === undefined ? answer.json : this.keep(operation, body, answer)
  }

  keep(operation: string, request: unknown, { status, json }: { readonly status: number; readonly json: Json }): Json {
    if (json === undefined) throw new Error(`${operation} answered ${status} without JSON`)
    this.#examples.set(operation, { ...(request !== undefined && { request }), status, response: json })
    return json
  }

  async until(id: string, ...states: readonly string[]): Promise<void> {
    await this.world.until(id, ...states)
  }

  /** Replaces ids, keys and times by values that are the same in each run. */
  told(): Readonly<Record<string, ApiExample>> {
    const ids = new Map<string, string>()
    const known = (prefix: string, id: string): string => {
      const kept = ids.get(id) ?? `${prefix}${SAMPLE_ID}${String(ids.size).padStart(2, "0")}`
      ids.set(id, kept)
      return kept
    }
    const text = JSON.stringify(Object.fromEntries(this.#examples))
      .replaceAll(/"msgid":"[^"]+"/g, `"msgid":"${SAMPLE_MSGID}"`)
      .replaceAll(/\bmed_[\w-]{32}/g, SAMPLE_MEDIUM)
      .replaceAll(/\bwp_[\w-]{43}/g, SAMPLE_KEY)
      .replaceAll(/"prefix":"wp_[\w-]+"/g, `"prefix":"${SAMPLE_KEY.slice(0, 8)}"`)
      .replaceAll(/\bwps_[a-z0-9]{50}/g, SAMPLE_TOKEN)
      .replaceAll(/"prefix":"wps_[a-z0-9]+"/g, `"prefix":"${SAMPLE_TOKEN.slice(0, 8)}"`)
      .replaceAll(/"url":"http:\/\/127\.0\.0\.1:\d+/g, `"url":"${SAMPLE_ADDRESS}`)
      .replaceAll(/"version":"[^"]+"/g, `"version":"0.1.0"`)
      .replaceAll(/\b(msg_|key_|src_)[0-9a-f-]{36}/g, (id, prefix: string) => known(prefix, id))
      .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => this.#timeOf(time))
    return JSON.parse(text) as Record<string, ApiExample>
  }

  /** The time by the minute after the start, which is always the same. */
  #timeOf(time: string): string {
    const minutes = Math.round((Date.parse(time) - this.#startedAt) / 60_000)
    return new Date(SAMPLE_START + minutes * 60_000).toISOString()
  }
}

const SAMPLE_ID = "01a210e2-76fc-7d34-aade-d72a59b413"
const SAMPLE_MSGID = "zLq3pJ0bM8f9aY7e6D5c4B3a2Z1y0X9w8V7u6T5s4R3q2P1o"
const SAMPLE_MEDIUM = "med_E8i5VOjMP9WGjpBwjZaViOXXU26sAc7A"
const SAMPLE_KEY = "wp_example-of-a-key-that-no-gateway-has-made-0000"
const SAMPLE_TOKEN = "wps_example0of0a0token0that0no0gateway0has0made00000000"
const SAMPLE_ADDRESS = "http://push.example.com:7788"
const SAMPLE_START = Date.UTC(2026, 11, 1, 8)
