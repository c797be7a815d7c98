// From a phone number to a message on the phone, in one go: `npm run demo`. Needs no account and leaves nothing behind.
import { explainReason, text, textCard, WeCom, type SendResult } from "@wecom-push/sdk"
import { startSimulator } from "@wecom-push/simulator"
import { processIo } from "./io.ts"
import { pickLanguage } from "./language.ts"
import { outputOf } from "./output.ts"
import { addressWords, stateLook } from "./state-words.ts"
import { say } from "./texts.ts"

interface SimulatedCall {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>> | null
  readonly errcode: number
}

interface PhoneMessage {
  readonly request: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

const io = processIo()
const language = pickLanguage(undefined, io.env)
const output = outputOf(io, { language, json: false, quiet: false })
const data = (line: string): void => output.data(line)
const paint = output.paintData
const words = {
  en: {
    start: (url: string) => `A WeCom on this machine: ${url}`,
    alone: "A text and a card to the phone number 13800000001",
    mixed: "One list with a number nobody has and a member without a licence",
    calls: "Calls that WeCom got (secrets masked)",
    phone: "What the phone 13800000001 (zhangsan, 张三) shows",
    people: "What became of each person",
    next: "Next",
    failed: "The demo did not go as it should: not everybody who was to be reached was.",
  },
  zh: {
    start: (url: string) => `在本机启动了一个企业微信：${url}`,
    alone: "给手机号 13800000001 发一条文本和一张卡片",
    mixed: "一份名单，里面有一个没人使用的号码和一个没有接口许可的成员",
    calls: "企业微信收到的调用（密钥已隐去）",
    phone: "手机 13800000001（zhangsan，张三）上显示的内容",
    people: "每个人的结果",
    next: "接下来",
    failed: "演示没有按预期进行：本该收到消息的人没有全部收到。",
  },
}[language]

await using sim = await startSimulator({ port: 0 })
await using wecom = new WeCom({
  baseUrl: sim.url,
  corpId: sim.org.corp_id,
  secret: "sim-secret-alerts",
  agentId: 1000002,
  language,
})
data(words.start(sim.url))

heading(words.alone)
const zhangsan = { mobiles: ["13800000001"] }
const alone = [
  await wecom.send(zhangsan, text("磁盘 91%，请尽快清理。")),
  await wecom.send(
    zhangsan,
    textCard({
      title: "磁盘告警",
      description: '<div class="gray">db-3</div><div class="highlight">已用 91%</div>',
      url: "https://example.com/alerts/4711",
    }),
  ),
]
for (const { recipients } of alone) tellPeople(recipients)

heading(words.mixed)
const mixed = await wecom.send(
  { mobiles: ["13800000002", "13812345678", "13800000008"], users: ["WangWu"] },
  text("今晚 22:00 停机维护。"),
)
tellPeople(mixed.recipients)

heading(words.calls)
for (const call of await told<{ calls: SimulatedCall[] }>("calls").then(({ calls }) => calls)) {
  const query = new URLSearchParams(call.query).toString().replaceAll("%2A", "*")
  data(`${call.path}${query === "" ? "" : `?${query}`}  → errcode ${call.errcode}`)
  if (call.body !== null) data(paint("dim", `    ${JSON.stringify(call.body)}`))
}

heading(words.phone)
for (const { request, body } of (await told<{ messages: PhoneMessage[] }>("messages?userid=zhangsan")).messages) {
  data(`  [${String(request["msgtype"])}] ${JSON.stringify(body)}`)
}

heading(words.next)
for (const line of [
  "npx wecom-push simulate",
  'npx wecom-push send --mobile 13800000001 --text "你好"',
  "npx wecom-push doctor",
]) {
  data(`  ${line}`)
}
data(language === "zh" ? "  README.zh-CN.md" : "  README.md")

// The exit code is the demo's own test: it fails when it does not show what it claims.
const isAsPromised =
  alone.every(({ ok }) => ok) && mixed.recipients.map(({ state }) => state).join() === "sent,not_found,unlicensed,sent"
if (!isAsPromised) {
  io.stderr.write(`${words.failed}\n`)
  process.exitCode = 1
}

function heading(title: string): void {
  data("")
  data(paint("bold", title))
}

function tellPeople(recipients: SendResult["recipients"]): void {
  for (const { type, address, state, userid, reason } of recipients) {
    const { mark, style, word } = stateLook[state]
    const person = addressWords(type, address, language)
    const member = userid === undefined || userid === address ? "" : ` (${userid})`
    const because = reason === undefined ? "" : ` — ${explainReason(reason, language)}`
    data(`  ${paint(style, `${mark} ${say(language, word)}`)}  ${person}${member}${because}`)
  }
}

async function told<T>(path: string): Promise<T> {
  const response = await fetch(`${sim.url}/_sim/${path}`)
  // The simulator of this very run: its answers are what its types say.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a guard here would only repeat the interfaces above
  return (await response.json()) as T
}
