import { setTimeout as sleep } from "node:timers/promises"
import { needsProc, residentBytes, startServer, untilArrival } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { highestDuring } from "./lib/highest-during.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { quantile } from "./lib/rounds.ts"

const ROBOTS = 500
const MESSAGES = 200
const PER_MINUTE = 20
const MINUTES = 3
const BATCH_SIZE = 500
/** Long enough to accept all messages before the first is due. */
const AHEAD_MS = 180_000
/** How long the other app is measured before they are due. */
const ALONE_MS = 60_000
const PAUSE_MS = 100

/** Two gateways on PostgreSQL have more messages for group robots than WeCom allows. Measures the effect on another app. */
export async function groupRobots(report: Report): Promise<void> {
  needsProc()
  await using postgres = await startPostgres()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  const databaseUrl = await postgres.newDatabase("gateway")
  await using one = await serve(folder, stub.port, { databaseUrl })
  await using two = await serve(folder, stub.port, { databaseUrl })
  await register(one)
  // Opened only now, because the gateway closes connections that are idle for a minute.
  using client = await RawClient.connect(one.port, 1)
  const dueAt = await takeIn(client)
  const before = postgres.conditions()
  await latencies(client, stub, dueAt - ALONE_MS)
  const alone = await latencies(client, stub, dueAt)
  let beside: readonly number[] = []
  const grew = await growths([one, two], async () => {
    await sleep(1000)
    beside = await latencies(client, stub, dueAt + MINUTES * 60_000 + 10_000)
  })
  report.note(`group-robots: before ${before}; after ${postgres.conditions()}`)
  const { most, times } = (await (await fetch(`http://127.0.0.1:${stub.port}/robots`)).json()) as Seen
  const what = `${ROBOTS} group robots with ${MESSAGES} messages each, two gateways`
  const sent = times.flat().filter((time) => time < MINUTES * 60_000).length
  report.add({ what: `${what}: most of one robot in any minute`, measured: most, atMost: PER_MINUTE, unit: "messages" })
  report.add({
    what: `${what}: messages in ${MINUTES} minutes / ${PER_MINUTE} a minute`,
    measured: sent / (ROBOTS * PER_MINUTE * MINUTES),
    atLeast: 0.95,
    note: `${sent} messages of ${times.length} robots`,
  })
  const [p99Alone, p99Beside] = [quantile(alone, 0.99), quantile(beside, 0.99)]
  report.add({
    what: `${what}: accept → WeCom called of another app, p99 / alone`,
    measured: p99Beside / p99Alone,
    atMost: 1.2,
    note: `${told(beside)} of ${beside.length}; alone ${told(alone)} of ${alone.length}`,
  })
  report.add({
    what: `${what}: more resident memory of a gateway`,
    measured: Math.round(Math.max(...grew) / 1e6),
    atMost: 40,
    unit: "MB",
  })
}

interface Seen {
  readonly most: number
  /** The times of each robot's messages, in milliseconds since the first message of all robots. */
  readonly times: readonly (readonly number[])[]
}

async function register({ url }: ServedGateway): Promise<void> {
  for (let n = 0; n < ROBOTS; n++) {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }
    const body = JSON.stringify({ name: `robot-${n}`, kind: "robot", robot_key: `key-of-robot-${n}` })
    const answer = await fetch(`${url}/v1/apps`, { method: "POST", headers, body })
    if (answer.status !== 201) throw new Error(`no robot: ${answer.status} ${await answer.text()}`)
  }
}

/** @returns when they are due, in milliseconds since 1970 */
async function takeIn(client: RawClient): Promise<number> {
  const dueAt = Date.now() + AHEAD_MS
  const send_at = new Date(dueAt).toISOString()
  for (let n = 0; n < MESSAGES; n++) {
    for (let from = 0; from < ROBOTS; from += BATCH_SIZE) {
      const batch = Array.from({ length: BATCH_SIZE }, (_, index) => {
        return { app: `robot-${from + index}`, msgtype: "text", text: { content: `第 ${n} 条` }, send_at }
      })
      await client.post("/v1/messages/batch", ADMIN_KEY, JSON.stringify(batch), 200)
    }
  }
  return dueAt
}

/** The latencies of messages to people, one after another. @param until in milliseconds since 1970 */
async function latencies(client: RawClient, stub: ServerChild, until: number): Promise<readonly number[]> {
  const tookMs: number[] = []
  for (let n = 0; Date.now() < until; n++) {
    const message = { app: "default", to: { users: [`member-${n}`] }, msgtype: "text", text: { content: `你好 ${n}` } }
    tookMs.push(await untilArrival(stub, () => client.post("/v1/messages", ADMIN_KEY, JSON.stringify(message))))
    await sleep(PAUSE_MS)
  }
  return tookMs
}

/** The largest growth of each gateway's memory during the work, in bytes. */
async function growths(gateways: readonly ServedGateway[], work: () => Promise<void>): Promise<readonly number[]> {
  const [done, working] = [Promise.withResolvers<void>(), work()]
  const watching = gateways.map(async ({ pid }) => {
    const before = await residentBytes(pid)
    return (await highestDuring(pid, () => done.promise)) - before
  })
  try {
    await working
  } finally {
    done.resolve()
  }
  return Promise.all(watching)
}

function told(ms: readonly number[]): string {
  return `p99 ${quantile(ms, 0.99).toFixed(1)} ms, median ${quantile(ms, 0.5).toFixed(1)} ms`
}
