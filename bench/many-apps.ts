// Measures many apps, each with more due messages than WeCom accepts at once, with a slow WeCom.
// Ends with 1 if a promise does not hold. Its options: npm run many-apps -- --help
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { readOptions } from "../tools/options.ts"
import { peakResidentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { secondsUntilSent } from "./lib/gateway/seconds-until-sent.ts"
import { callsAt, serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed } from "./lib/packed.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import { quantile } from "./lib/rounds.ts"

const { values } = readOptions({
  command: "npm run many-apps",
  about: "Many apps, each with more due than WeCom takes in a moment, and a WeCom that takes its time.",
  options: {
    apps: { kind: "count", default: 500, help: "apps of one corp" },
    messages: { kind: "count", default: 300, help: "due in each of them" },
    "delay-ms": { kind: "count", default: 1000, help: "what WeCom takes for an answer" },
    seconds: { kind: "count", default: 60, help: "how long the gateway is watched" },
    large: { kind: "count", mayBeZero: true, default: 0, help: "due in the first of them besides" },
    "in-seconds": {
      kind: "count",
      mayBeZero: true,
      default: 0,
      help: "all are scheduled for the second that is so far from the start; 0: they are due at once",
    },
    nodes: { kind: "count", mayBeZero: true, default: 0, help: "gateways that share a PostgreSQL; 0: one on SQLite" },
  },
})
const { apps, messages, seconds, nodes, large, "in-seconds": inSeconds, "delay-ms": delayMs } = values
const backlog = apps * messages + large
/** As many sockets as a transport opens to one address. */
const SOCKETS = 100
const CALLS_PER_APP = 50
/** How long the last message of the app without a backlog is waited for. */
const AFTERWARDS_S = 10
const MOST_IN_BATCH = 1000

console.log((await packed()).describe())
await using folder = await Folder.make()
await using stub = await startServer("lib/stub.ts", [`delay=${delayMs}`])
await using resources = new AsyncDisposableStack()
const postgres = nodes === 0 ? undefined : resources.use(await startPostgres())
const database = postgres === undefined ? {} : { databaseUrl: await postgres.newDatabase("gateway") }
const gateway = resources.use(await serve(folder, stub.port, database))
const gateways = [gateway]
while (gateways.length < nodes) gateways.push(resources.use(await serve(folder, stub.port, database)))
await registerApps()
const watch = new AbortController()
const health = watchHealth(watch.signal)
const posted: Promise<number>[] = []
const startedAt = performance.now()
if (inSeconds > 0) await warmUp()
const before = await callsAt(stub.port)
const dueAt = Date.now() + inSeconds * 1000
await fill()
console.log(
  `${apps} apps with ${messages} each${large > 0 ? `, and ${large} more of one,` : ""} accepted after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
)
if (inSeconds > 0) {
  if (Date.now() > dueAt)
    throw new Error(`all were accepted ${Date.now() - dueAt} ms after they were due: --in-seconds`)
  await sleep(dueAt - Date.now())
}
const callsBefore = await callsAt(stub.port)
const from = performance.now()
while (performance.now() - from < seconds * 1000) {
  await sleep(1000)
  posted.push(secondsWaited(posted.length))
  if ((await callsAt(stub.port)) - before >= backlog) break
}
const passed = (performance.now() - from) / 1000
const calls = (await callsAt(stub.port)) - callsBefore
const waits = await Promise.all(posted)
console.log(waits.map((wait) => wait.toFixed(1)).join(" "))
watch.abort()
const times = await health
const states = await outcomes()
const most = Number(await (await fetch(`http://127.0.0.1:${stub.port}/most-at-once`)).text())
// The pace that WeCom's delay allows on the sockets that may be used.
const sockets = SOCKETS * gateways.length
const allowed = Math.min(sockets, apps * CALLS_PER_APP) / (delayMs / 1000)
let broken = 0
tell("calls a second, of what WeCom's pace allows", calls / passed / allowed, (share) => share >= 0.8)
tell("an app with nothing waiting: its first message, s", waits[0] ?? Infinity, (wait) => wait < delayMs / 1000 + 3)
tell("  p50, s", quantile(waits, 0.5), (wait) => wait < delayMs / 1000 + 5)
tell("  p99, s", quantile(waits, 0.99), (wait) => wait < delayMs / 1000 + 5)
tell("most calls at once", most, (count) => count <= sockets)
tell("recipients in doubt", states.get("in_doubt") ?? 0, (count) => count === 0)
tell("peak memory, MB", (await peakResidentBytes(gateway.pid)) / 1e6, (mb) => mb < 600)
tell("/healthz p99, ms", quantile(times, 0.99), (ms) => ms < 1000)
if (postgres !== undefined) {
  const [row] = await postgres.admin("select sum(deadlocks)::integer as deadlocks from pg_stat_database")
  tell("deadlocks in the database", Number(row?.["deadlocks"]), (count) => count === 0)
}
console.log(`${calls} calls in ${passed.toFixed(0)} s; recipients: ${JSON.stringify(Object.fromEntries(states))}`)
await resources.disposeAsync()
// Exits explicitly, because the package that starts PostgreSQL fails in a normal exit.
process.exit(broken === 0 ? 0 : 1)

function tell(what: string, measured: number, holds: (measured: number) => boolean): void {
  if (!holds(measured)) broken++
  console.log(`${holds(measured) ? "ok  " : "FAIL"} ${what}: ${measured.toFixed(2)}`)
}

async function outcomes(): Promise<ReadonlyMap<string, number>> {
  const sum = new Map<string, number>()
  for (const one of gateways) {
    for (const [state, count] of await one.outcomes()) sum.set(state, (sum.get(state) ?? 0) + count)
  }
  return sum
}

/** The time of a message of the app without a backlog. Each goes to another member, because a member gets only 30 in a minute. */
function secondsWaited(number: number): Promise<number> {
  const body = {
    app: `app-${apps}`,
    to: { users: [`alone-${number}`] },
    msgtype: "text",
    text: { content: `你好 ${number}` },
  }
  return secondsUntilSent(gateway.url, body, from + (seconds + AFTERWARDS_S) * 1000)
}

async function registerApps(): Promise<void> {
  // One app more than those with a backlog.
  for (let index = 0; index <= apps; index++) {
    const answer = await fetch(`${gateway.url}/v1/apps`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        name: `app-${index}`,
        corp_id: "ww0000000000000001",
        agent_id: 2_000_000 + index,
        secret: `secret-of-app-${index}`,
      }),
    })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  }
}

/** Sends one message of each app, so that all have a token before the next. */
async function warmUp(): Promise<void> {
  using client = await RawClient.connect(gateway.port, 1)
  for (let index = 0; index <= apps; index++) {
    const message = { app: `app-${index}`, to: { users: ["first"] }, msgtype: "text", text: { content: "你好" } }
    await client.post("/v1/messages/batch", ADMIN_KEY, JSON.stringify([message]), 200)
  }
  while ((await callsAt(stub.port)) <= apps) await sleep(100)
}

async function fill(): Promise<void> {
  using client = await RawClient.connect(gateway.port, 1)
  for (let index = 0; index < apps; index++) {
    const count = messages + (index === 0 ? large : 0)
    for (let from = 0; from < count; from += MOST_IN_BATCH) {
      const batch = Array.from({ length: Math.min(MOST_IN_BATCH, count - from) }, (_, number) => ({
        app: `app-${index}`,
        to: { users: [`member-${from + number}`] },
        msgtype: "text",
        text: { content: `你好 ${from + number}` },
        ...(inSeconds > 0 && { send_at: new Date(dueAt).toISOString() }),
      }))
      await client.post("/v1/messages/batch", ADMIN_KEY, JSON.stringify(batch), 200)
    }
  }
}

/** @returns how long each request took, in milliseconds */
async function watchHealth(signal: AbortSignal): Promise<number[]> {
  const times: number[] = []
  while (!signal.aborted) {
    const askedAt = performance.now()
    const answer = await fetch(`${gateway.url}/healthz`)
    await answer.arrayBuffer()
    times.push(performance.now() - askedAt)
    await Promise.race([sleep(100), once(signal, "abort")])
  }
  return times
}
