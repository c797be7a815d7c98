// One key uses everything that keys share, at full size. Measures how this affects another app's messages and look-ups.
// Ends with 1 if a promise does not hold. Its options: npm run greedy -- --help
import { setTimeout as sleep } from "node:timers/promises"
import { readOptions } from "../tools/options.ts"
import { Greedy, GREEDY_FOR } from "../tools/testing/greedy.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed } from "./lib/packed.ts"
import { simulate } from "./lib/simulate.ts"

const { values } = readOptions({
  command: "npm run greedy",
  about: "One key takes all that it can get, at once, from a gateway with its own limits; another app keeps sending.",
  options: {
    seconds: { kind: "count", default: 60, help: "for how long" },
    "at-once": { kind: "count", default: 4, help: "its requests of a kind that are under way" },
  },
})
/** The longest time of a message of high priority, from its post to the phone. */
const MOST_SECONDS = 5
const CORP = "ww0000000000000001"

console.log((await packed()).describe())
await using folder = await Folder.make()
await using simulator = await simulate()
await using gateway = await serve(folder, simulator.port)
for (const [name, agent] of [
  ["alerts", 1_000_002],
  ["hr", 1_000_003],
] as const) {
  await ask("/v1/apps", { name, corp_id: CORP, agent_id: agent, secret: `sim-secret-${name}` })
}
const keyOf = async (app: string): Promise<string> =>
  String((await ask("/v1/keys", { name: app, scopes: ["send", "read"], apps: [app] })).json["key"])
const [taking, key] = [await keyOf("alerts"), await keyOf("hr")]
await using greedy = await Greedy.start({
  url: gateway.url,
  key: taking,
  app: "alerts",
  atOnce: values["at-once"],
  messagesAtOnce: 2000,
  fileBytes: 4 * 1024 * 1024,
})
let [broken, worst, sent] = [0, 0, 0]
for (const end = performance.now() + values.seconds * 1000; performance.now() < end; await sleep(500)) {
  const from = performance.now()
  const to = { mobiles: ["13800000003"] }
  const message = { app: "hr", to, msgtype: "text", text: { content: `${sent}` }, priority: "high" }
  const posted = await ask("/v1/messages", message, key)
  const isSent = posted.status === 202 && (await untilSent(String(posted.json["id"])))
  const looked = await ask("/v1/lookup", { mobile: "13800000003", fresh: true }, key)
  const seconds = (performance.now() - from) / 1000
  worst = Math.max(worst, seconds)
  sent++
  if (isSent && looked.json["userid"] === "WangWu" && seconds < MOST_SECONDS) continue
  broken++
  console.log(`FAIL after ${seconds.toFixed(2)} s: post ${posted.status}, look-up ${looked.status}`)
}
for (const what of GREEDY_FOR) console.log(`${what}: ${JSON.stringify(Object.fromEntries(greedy.answers[what]))}`)
const entries = ((await ask("/v1/audit?limit=1000")).json["items"] as unknown[]).length
console.log(`${entries} entries in the audit trail`)
console.log(
  `${broken === 0 ? "ok  " : "FAIL"} ${sent} messages and look-ups of another app, the slowest ${worst.toFixed(2)} s`,
)
process.exitCode = broken === 0 ? 0 : 1

async function untilSent(id: string): Promise<boolean> {
  for (const end = performance.now() + 2 * MOST_SECONDS * 1000; performance.now() < end; await sleep(20)) {
    if ((await ask(`/v1/messages/${id}`, undefined, key)).json["state"] === "sent") return true
  }
  return false
}

async function ask(
  path: string,
  body?: object,
  as: string = ADMIN_KEY,
): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> {
  const answer = await fetch(gateway.url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${as}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
}
