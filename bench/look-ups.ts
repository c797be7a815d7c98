// Sends messages to numbers that were never looked up, while WeCom's look-ups are slow, and after them one message that needs
// no look-up.
// Ends with 1 if a promise does not hold. Its options: npm run look-ups -- --help
import { setTimeout as sleep } from "node:timers/promises"
import { readOptions } from "../tools/options.ts"
import { peakResidentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY, APP } from "./lib/gateway/plan.ts"
import { callsAt, serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed } from "./lib/packed.ts"
import { RawClient } from "./lib/raw-client.ts"

const { values } = readOptions({
  command: "npm run look-ups",
  about: "Messages to numbers that no member has asked for yet, and one behind them that needs no look-up.",
  options: {
    messages: { kind: "count", default: 1000, help: "to a new number each" },
    "delay-ms": { kind: "count", default: 200, help: "what WeCom takes to tell whose a number is" },
    "misses-left": {
      kind: "count",
      default: 10,
      help: "numbers that no member has which may still be asked for today: half as many questions of one app at a time",
    },
    seconds: { kind: "count", default: 30, help: "how long the look-ups are watched" },
  },
})
const { messages, seconds, "delay-ms": delayMs, "misses-left": missesLeft } = values
/** As many look-ups as the gateway makes at once. */
const LOOKUPS_AT_ONCE = 28
/** The gateway's limit is 9,000 a minute. */
const LOOKUPS_PER_SECOND = 9000 / 60
/** Messages in one request. */
const BATCH = 500

console.log((await packed()).describe())
await using folder = await Folder.make()
await using stub = await startServer("lib/stub.ts", [`lookup-delay=${delayMs}`])
await using gateway = await serve(folder, stub.port)
await admin("PUT", `/v1/corps/${APP.corpId}`, { settings: { lookup_miss_budget: missesLeft } })
using client = await RawClient.connect(gateway.port, 1)
const from = performance.now()
await fill()
console.log(`${messages} messages to new numbers accepted after ${since(from).toFixed(1)} s`)
const accepted = performance.now()
const askedBefore = await lookups()
const { id } = (await admin("POST", "/v1/messages", {
  to: { users: ["known"] },
  msgtype: "text",
  text: { content: "needs no look-up" },
})) as { readonly id: string }
const waitedSeconds = await untilSent(id)
while (since(accepted) < seconds && (await lookups()) < messages) await sleep(200)
const asked = await lookups()
const passed = since(accepted)
let broken = 0
tell("a message that needs no look-up, accepted to sent, s", waitedSeconds, (time) => time < 2)
// Any look-up under way may find no member, and one app has half of the miss budget.
const atOnce = Math.min(Math.max(1, Math.floor(missesLeft / 2)), LOOKUPS_AT_ONCE)
const allowed = Math.min((atOnce * 1000) / Math.max(delayMs, 1), LOOKUPS_PER_SECOND)
tell(
  "look-ups a second, of what may be asked",
  (asked - askedBefore) / passed / allowed,
  (share) => asked >= messages || share >= 0.7,
)
tell("peak memory, MB", (await peakResidentBytes(gateway.pid)) / 1e6, (mb) => mb < 600)
console.log(`${asked} look-ups and ${await callsAt(stub.port)} calls in ${passed.toFixed(0)} s`)
process.exitCode = broken === 0 ? 0 : 1

function since(time: number): number {
  return (performance.now() - time) / 1000
}

function tell(what: string, measured: number, holds: (measured: number) => boolean): void {
  if (!holds(measured)) broken++
  console.log(`${holds(measured) ? "ok  " : "FAIL"} ${what}: ${measured.toFixed(2)}`)
}

async function admin(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return answer.json()
}

async function fill(): Promise<void> {
  for (let at = 0; at < messages; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, messages - at) }, (_, index) => ({
      to: { mobiles: [`139${String(at + index).padStart(8, "0")}`] },
      msgtype: "text",
      text: { content: `你好 ${at + index}` },
    }))
    await client.post("/v1/messages/batch", ADMIN_KEY, JSON.stringify(batch), 200)
  }
}

/** @returns seconds */
async function untilSent(message: string): Promise<number> {
  for (;;) {
    const { state } = (await admin("GET", `/v1/messages/${message}`)) as { readonly state: string }
    if (state !== "pending" && state !== "sending") return since(accepted)
    if (since(accepted) > 120) throw new Error("not sent after two minutes")
    await sleep(20)
  }
}

async function lookups(): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${stub.port}/lookups`)).text())
}
