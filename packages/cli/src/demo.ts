// Shows the whole way from a phone number to a message on the phone, through the gateway: `npm run demo`. Needs no
// account and leaves no files.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startGateway } from "@wecom-push/gateway"
import { startSimulator } from "@wecom-push/simulator"
import { awaitMessage } from "./gateway/await-message.ts"
import { GatewayClient } from "./gateway/client.ts"
import { recipientsOf } from "./gateway/recipients.ts"
import type { RecipientRow } from "./gateway/recipients.ts"
import { tellReason } from "./gateway/tell-reason.ts"
import { processIo } from "./process-io.ts"
import { pickLanguage } from "./language.ts"
import { outputOf } from "./output.ts"
import { addressWords, stateLook } from "./state-words.ts"

interface SimulatedCall {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>> | null
  readonly errcode: number | null
  readonly fault: string | null
}

interface PhoneMessage {
  readonly request: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

const io = processIo()
const language = pickLanguage(undefined, io.env)
const output = outputOf(io, { language, json: false, quiet: false })
const context = { io, language, output }
const data = (line: string): void => output.data(line)
const paint = output.paintData
const words = {
  en: {
    simulator: (url: string) => `A WeCom on this machine: ${url}`,
    gateway: (url: string) => `A gateway that sends to it: ${url}`,
    alone: "A text and a card to the phone number 13800000001",
    mixed: "One list with a number that no member has and a member without a licence",
    lost: "WeCom takes a message, and its answer is lost on the way: the same bytes go out once more",
    calls: "Calls that WeCom got (secrets masked)",
    answerLost: "taken, its answer lost",
    phone: "What the phone 13800000001 (zhangsan, 张三) shows",
    next: "Next",
    failed: "The demo failed: not all recipients got their message.",
  },
  zh: {
    simulator: (url: string) => `在本机启动了一个企业微信：${url}`,
    gateway: (url: string) => `和一个向它发送的网关：${url}`,
    alone: "给手机号 13800000001 发一条文本和一张卡片",
    mixed: "一份名单，里面有一个没人使用的号码和一个没有接口许可的成员",
    lost: "企业微信收下了消息，但应答在途中丢失：网关用完全相同的内容再发一次",
    calls: "企业微信收到的调用（密钥已隐去）",
    answerLost: "已收下，应答丢失",
    phone: "手机 13800000001（zhangsan，张三）上显示的内容",
    next: "接下来",
    failed: "演示没有按预期进行：本该收到消息的人没有全部收到。",
  },
}[language]
const key = "wp_demo"
const longestWaitMs = 20_000

await using running = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), "wecom-push-demo-"))
running.defer(() => rm(folder, { recursive: true, force: true }))
const sim = running.use(await startSimulator({ port: 0 }))
const gateway = running.use(
  await startGateway({
    // Without any setting of this machine.
    environment: { LOG_LEVEL: "silent" },
    port: 0,
    databaseFile: join(folder, "wecom-push.db"),
    baseUrl: sim.url,
    adminKey: key,
    apps: [{ name: "alerts", corpId: sim.org.corp_id, agentId: 1000002, secret: "sim-secret-alerts" }],
  }),
)
const keyFrom = { name: "key", source: "gateway" } as const
using client = new GatewayClient({ url: gateway.url, key, keyFrom, proxy: undefined }, context)
data(words.simulator(sim.url))
data(words.gateway(gateway.url))

heading(words.alone)
const zhangsan = { mobiles: ["13800000001"] }
const alone = [
  ...(await send({ to: zhangsan, msgtype: "text", text: { content: "磁盘 91%，请尽快清理。" } })),
  ...(await send({
    to: zhangsan,
    msgtype: "textcard",
    textcard: {
      title: "磁盘告警",
      description: '<div class="gray">db-3</div><div class="highlight">已用 91%</div>',
      url: "https://example.com/alerts/4711",
    },
  })),
]

heading(words.mixed)
const mixed = await send({
  to: { mobiles: ["13800000002", "13812345678", "13800000008"], users: ["WangWu"] },
  msgtype: "text",
  text: { content: "今晚 22:00 停机维护。" },
})

heading(words.lost)
await simulator("faults", { path: "message/send", kind: "reset_after", times: 1 })
const lost = await send({ to: zhangsan, msgtype: "text", text: { content: "磁盘已恢复正常。" } })

heading(words.calls)
const { calls } = await simulator<{ calls: SimulatedCall[] }>("calls")
for (const { path, query, body, errcode, fault } of calls) {
  const asked = new URLSearchParams(query).toString().replaceAll("%2A", "*")
  const answer = fault === null ? `errcode ${errcode}` : words.answerLost
  data(`${path}${asked === "" ? "" : `?${asked}`}  → ${answer}`)
  if (body !== null) data(paint("dim", `    ${JSON.stringify(body)}`))
}

heading(words.phone)
const { messages: shown } = await simulator<{ messages: PhoneMessage[] }>("messages?userid=zhangsan")
for (const { request, body } of shown) data(`  [${String(request["msgtype"])}] ${JSON.stringify(body)}`)

heading(words.next)
for (const line of [
  "npx wecom-push serve --simulator",
  'npx wecom-push send --gateway http://127.0.0.1:7788 --app alerts --mobile 13800000001 --text "你好"',
  "npx wecom-push doctor --gateway",
]) {
  data(`  ${line}`)
}
data(language === "zh" ? "  README.zh-CN.md" : "  README.md")

// The exit code tests the demo: it fails when the demo does not show what it promises.
const isAsPromised =
  statesOf(alone) === "sent,sent" &&
  statesOf(mixed) === "sent,sent,not_found,unlicensed" &&
  statesOf(lost) === "sent" &&
  calls.filter(({ path }) => path === "/cgi-bin/message/send").length === 5 &&
  shown.length === 3
if (!isAsPromised) {
  io.stderr.write(`${words.failed}\n`)
  process.exitCode = 1
}

/** Does what any program would do: posts a message, and asks until it is finished. */
async function send(message: object): Promise<readonly RecipientRow[]> {
  data(paint("dim", `  POST /v1/messages  ${JSON.stringify(message)}`))
  const { status, id } = await client.ask(
    { method: "POST", path: "/v1/messages", body: message },
    (fields, { status }) => ({ status, id: fields.text("id") }),
  )
  data(paint("dim", `  ${status} ${id}`))
  const recipients = await recipientsOf(client, await awaitMessage(client, id, longestWaitMs, context), true)
  for (const recipient of recipients) tell(recipient)
  return recipients
}

function tell(recipient: RecipientRow): void {
  const { type, address, state, userid } = recipient
  const { mark, style, word } = stateLook[state]
  const person = addressWords(type, address, language)
  const member = userid === undefined || userid === address ? "" : ` (${userid})`
  const reason = tellReason(recipient, language)
  const because = reason === "" ? "" : ` — ${reason}`
  data(`  ${paint(style, `${mark} ${word[language]}`)}  ${person}${member}${because}`)
}

function statesOf(recipients: readonly RecipientRow[]): string {
  return recipients.map(({ state }) => state).join()
}

function heading(title: string): void {
  data("")
  data(paint("bold", title))
}

async function simulator<T>(path: string, body?: object): Promise<T> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }
  const response = await fetch(`${sim.url}/_sim/${path}`, init)
  // The simulator runs in this process, so its answers match its types.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a guard here would only repeat the interfaces above
  return (await response.json()) as T
}
