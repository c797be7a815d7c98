// Sends the packed command requests made from its own description, over HTTP. npm run fuzz [-- REQUESTS [SEED]]
import assert from "node:assert/strict"
import { Agent, request as startRequest } from "node:http"
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import { fuzzThrough } from "../../packages/gateway/src/doors/http/testing/fuzz.ts"
import type { ApiDocument, Shot, ShotAnswer } from "../../packages/gateway/src/doors/http/testing/api-document.ts"
import { packCommand } from "../../tools/packed-command.ts"
import { describe } from "../gateway/describe.ts"
import { GatewayProcess } from "../gateway/gateway-process.ts"
import { registerApps } from "../gateway/register-apps.ts"
import { mustAnswer } from "../lib/http.ts"
import { DEFAULT_APP, organisation, simulatorSettings } from "../world.ts"

const KEY = "fuzz-0123456789abcdef0123456789abcdef"
/** The limit for the growth of the heap from the first tenth of the run to its end, both after garbage collection. */
const GROWTH_LIMIT_MIB = 48

const requests = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Date.now() % 0x7fff_ffff)
await using packed = await packCommand()
console.log(describe(packed))
console.log(`${requests} requests, seed ${seed}`)
const folder = mkdtempSync(join(tmpdir(), "wecom-push-fuzz-"))
await using given = new AsyncDisposableStack()
given.defer(() => rmSync(folder, { recursive: true, force: true }))
const simulator = given.adopt(
  await startSimulator({ port: 0, org: organisation(100), settings: simulatorSettings("documented") }),
  (one) => one.close(),
)
const log = join(folder, "gateway.log")
const plan = {
  command: packed.command,
  database: `sqlite:${join(folder, "gateway.db")}`,
  masterKey: null,
  baseUrl: simulator.url,
  adminKey: KEY,
  home: join(folder, "home"),
  control: null,
  markers: null,
}
const environment = { LOG_LEVEL: "error", WECOM_PUSH_BACKLOG_LIMIT: "1000000000" }
const gateway = given.adopt(new GatewayProcess(plan, { output: openSync(log, "a"), environment }), (one) => one.kill())
const url = await gateway.start()
await registerApps(url, KEY)

const { id } = await post()
const document = await get<ApiDocument>("/openapi.json")
const agent = given.adopt(new Agent({ keepAlive: true, maxSockets: 1 }), (one) => one.destroy())
const target = {
  document,
  messageId: id,
  app: DEFAULT_APP,
  // Not the app that the messages use, or soon no message would be sent.
  changedApps: ["hr", "root", "Ärger"],
  key: KEY,
  send,
  lastLogLine: () => readFileSync(log, "utf8").trimEnd().split("\n").at(-1),
}
const startedAt = performance.now()
const first = await fuzzThrough(target, Math.ceil(requests / 10), seed)
const before = await settledHeap()
const rest = await fuzzThrough(target, Math.floor((requests * 9) / 10), seed + 1)
const statuses = { ...first.statuses }
for (const [status, count] of Object.entries(rest.statuses)) statuses[status] = (statuses[status] ?? 0) + count
await post()
const after = await settledHeap()
console.log(
  `none of 5xx in ${((performance.now() - startedAt) / 1000).toFixed(1)} s; heap ${before.toFixed(1)} MiB after a tenth, ` +
    `${after.toFixed(1)} MiB at the end; answers by status:`,
  statuses,
)
assert.ok(after - before < GROWTH_LIMIT_MIB, `the heap grew by ${(after - before).toFixed(1)} MiB`)
assert.equal(await gateway.stop(), "0")

/** Sends on one kept connection while it lasts; headers and path are sent unchanged. */
async function send({ method, path, headers, body }: Shot): Promise<ShotAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ShotAnswer>()
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) }
  const request = startRequest(url, { method, path, agent, headers: { ...headers, ...length } }, (response) => {
    const { statusCode: status = 0, headers } = response
    text(response).then((payload) => resolve({ status, headers, payload }), reject)
  })
  request.on("error", reject)
  request.end(body)
  return promise
}

function post(): Promise<{ readonly id: string }> {
  const body = { app: DEFAULT_APP, to: { mobiles: ["13900000001"] }, msgtype: "text", text: { content: "磁盘 91%" } }
  return mustAnswer({ url: `${url}/v1/messages`, method: "POST", headers: { authorization: `Bearer ${KEY}` }, body })
}

function get<T>(path: string): Promise<T> {
  return mustAnswer<T>({ url: url + path, headers: { authorization: `Bearer ${KEY}` } })
}

/** In MiB, the least of some measurements, because garbage counts until V8 has collected it. */
async function settledHeap(): Promise<number> {
  let least = Infinity
  for (let look = 0; look < 20; look++) {
    const reply = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } })
    const used = /^wecom_push_nodejs_heap_size_used_bytes (\S+)$/m.exec(await reply.text())?.[1]
    least = Math.min(least, Number(used) / 1024 / 1024)
    await sleep(150)
  }
  return least
}
