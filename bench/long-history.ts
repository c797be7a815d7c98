// Measures a gateway with a long history: a million messages in the last hour.
// Ends with 1 if a promise does not hold. Its options: npm run long-history -- --help
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as sleep } from "node:timers/promises"
import { readOptions } from "../tools/options.ts"
import { openSqlite } from "../packages/gateway/src/store/sqlite/open.ts"
import { startServer } from "./lib/child.ts"
import { History } from "./lib/gateway/fill-history.ts"
import { ADMIN_KEY, APP, MASTER_KEY } from "./lib/gateway/plan.ts"
import { serve, until } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed } from "./lib/packed.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const { values } = readOptions({
  command: "npm run long-history",
  about: "A gateway that has been at work for long: how soon it sends after a start, and how long it stands still.",
  options: {
    hour: { kind: "count", default: 1_000_000, help: "messages sent in the last hour" },
    members: {
      kind: "text",
      default: "1000000,1050",
      help: 'to how many members; one run for each number, and "" leaves this half out',
    },
    burst: {
      kind: "count",
      default: 160_000,
      mayBeZero: true,
      help: "messages sent within the last half minute, each to another member; 0 leaves this out",
    },
    finished: {
      kind: "count",
      default: 2_000_000,
      mayBeZero: true,
      help: "messages that have ended; 0 leaves this half out",
    },
    scheduled: { kind: "count", default: 1_000_000, help: "messages that are to go out some other day" },
    minutes: { kind: "count", default: 12, help: "how long it is watched; it deletes what is past its time every ten" },
  },
})

let broken = 0

console.log((await packed()).describe())
const memberCounts = values.members === "" ? [] : values.members.split(",").map(Number)
for (const members of memberCounts) await restart({ sent: values.hour, withinMs: HOUR_MS, members })
if (values.burst > 0) await restart({ sent: values.burst, withinMs: 30_000, members: values.burst })
if (values.finished > 0) await standstills()
process.exitCode = broken === 0 ? 0 : 1

function tell(what: string, measured: number, unit: string, below: number, note?: string): void {
  if (measured >= below) broken++
  const more = note === undefined ? "" : `; ${note}`
  console.log(`${measured < below ? "ok  " : "FAIL"} ${what}: ${measured.toFixed(2)} ${unit}, below ${below}${more}`)
}

interface Past {
  readonly sent: number
  readonly withinMs: number
  readonly members: number
}

/** Measures from the start of the process that follows a killed one. */
async function restart({ sent, withinMs, members }: Past): Promise<void> {
  await using folder = await Folder.make()
  await leaveTemplates(folder)
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  {
    using history = new History(folder.databaseFile)
    history.addSent({ count: sent, fromMs: Date.now() - withinMs, toMs: Date.now() }, members)
  }
  await (await serve(folder, stub.port)).kill()
  await using gateway = await serve(folder, stub.port)
  const first = stub.told<string>("arrivedAt")
  await post(gateway, "a-newcomer")
  const firstMs = Number(BigInt(await first) - gateway.startedAt) / 1e6
  const onProcessor = `${(takenMs(gateway.pid) / 1000).toFixed(2)} s of processors by then`
  const each = Math.floor(sent / members)
  const what = `${sent} messages in the last ${withinMs / 60_000} minutes to ${members} members`
  tell(`kill -9 after ${what}: start to the first send`, firstMs / 1000, "s", 2, onProcessor)
  const next = stub.told<string>("arrivedAt")
  await post(gateway, "member-0")
  const nextMs = Number(BigInt(await next) - gateway.startedAt) / 1e6
  tell(`  to a member who has had ${each} of them`, nextMs / 1000, "s", 3)
}

async function standstills(): Promise<void> {
  const { finished, scheduled } = values
  await using folder = await Folder.make()
  await leaveTemplates(folder)
  {
    using history = new History(folder.databaseFile)
    const now = Date.now()
    // A quarter of them are older than the thirty days for which they are kept.
    history.addSent({ count: finished, fromMs: now - 40 * DAY_MS, toMs: now - HOUR_MS }, finished)
    history.addScheduled({ count: scheduled, fromMs: now - 35 * DAY_MS, toMs: now - HOUR_MS })
  }
  console.log(`${finished} messages finished, ${scheduled} scheduled`)
  {
    await using stub = await startServer("lib/stub.ts")
    await using gateway = await serve(folder, stub.port, { watched: true })
    const stall = async (what: string, work: () => Promise<void>): Promise<void> => {
      const { ms, note } = await gateway.longestStall(work)
      tell(`longest stall: ${what}`, ms, "ms", 50, note)
    }
    // The first change also loads code, which is not to be measured.
    await changeApp(gateway)
    await stall("an app's settings change", () => changeApp(gateway))
    const cpuMs = await cpuOf(gateway.pid, () => follow(gateway, 10_000))
    tell("a follower of a quiet app for 10 s, of a core", cpuMs / 10_000, "", 0.1)
    await stall("a lane of 20,000 becomes due", () => longLane(gateway))
    await stall(`pruning, ${values.minutes} minutes`, () => sleep(values.minutes * 60_000))
  }
  const { stores } = await openSqlite({
    file: folder.databaseFile,
    masterKey: Buffer.from(MASTER_KEY, "hex"),
    now: Date.now(),
  })
  const eventLoop = monitorEventLoopDelay({ resolution: 1 })
  eventLoop.enable()
  await stores.outbox.clockJumped({ id: "measured", by: -2 * HOUR_MS, at: Date.now() - 2 * HOUR_MS })
  eventLoop.disable()
  await stores[Symbol.asyncDispose]()
  tell("longest stall: the clock goes two hours back", eventLoop.max / 1e6, "ms", 50)
}

async function changeApp(gateway: ServedGateway): Promise<void> {
  for (const limit of [29, 30])
    await ask(gateway, "PATCH", "/v1/apps/default", { settings: { member_per_minute: limit } })
  await sleep(3000)
}

async function longLane(gateway: ServedGateway): Promise<void> {
  const sendAt = new Date(Date.now() + 30_000).toISOString()
  for (let from = 0; from < 20_000; from += 500) {
    const batch = Array.from({ length: 500 }, (_, n) =>
      messageTo(`member-${from + n}`, { order_key: "k", send_at: sendAt }),
    )
    await ask(gateway, "POST", "/v1/messages/batch", batch)
  }
  await sleep(60_000)
}

/** Follows the events of an app without events, from the beginning of the log. */
async function follow(gateway: ServedGateway, forMs: number): Promise<void> {
  const app = { name: "quiet", corp_id: APP.corpId, agent_id: 1, secret: "quiet-secret" }
  await ask(gateway, "POST", "/v1/apps", app)
  const key = await ask(gateway, "POST", "/v1/keys", { name: "quiet", scopes: ["read"], apps: ["quiet"] })
  const { key: secret } = (await key.json()) as { key: string }
  const headers = { authorization: `Bearer ${secret}`, accept: "text/event-stream", "last-event-id": "1" }
  const gone = AbortSignal.timeout(forMs)
  const events = await fetch(`${gateway.url}/v1/events`, { headers, signal: gone })
  if (events.status !== 200) throw new Error(`${events.status} for /v1/events`)
  await once(gone, "abort")
}

/** @returns the processor time of the process during the work, in milliseconds */
async function cpuOf(pid: number, work: () => Promise<void>): Promise<number> {
  const before = takenMs(pid)
  await work()
  return takenMs(pid) - before
}

/** The processor time of the process since its start, in milliseconds. */
function takenMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Stores one message that was sent, and one that is to go out on another day. */
async function leaveTemplates(folder: Folder): Promise<void> {
  await using stub = await startServer("lib/stub.ts")
  await using gateway = await serve(folder, stub.port)
  await post(gateway, "member-0")
  await until(async () => (await gateway.sent()) === 1)
  await post(gateway, "member-0", { send_at: new Date(Date.now() + 300 * DAY_MS).toISOString() })
}

async function post(gateway: ServedGateway, user: string, more: object = {}): Promise<void> {
  await ask(gateway, "POST", "/v1/messages", messageTo(user, more))
}

function messageTo(user: string, more: object): object {
  return { to: { users: [user] }, msgtype: "text", text: { content: `你好 ${performance.now()}` }, ...more }
}

async function ask({ url }: ServedGateway, method: string, path: string, body: object): Promise<Response> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return answer
}
