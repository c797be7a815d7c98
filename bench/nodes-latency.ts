import { setTimeout as sleep } from "node:timers/promises"
import { startServer, untilArrival } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { quantile } from "./lib/rounds.ts"

const SAMPLES = 500
const WARM_UP = 50
const PAUSE_MS = 20

/** From a request until the first bytes of its call reach WeCom, with nothing else to do, through two gateways in turn. */
export async function nodesLatency(report: Report): Promise<void> {
  await using postgres = await startPostgres()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  const databaseUrl = await postgres.newDatabase("gateway")
  await using one = await serve(folder, stub.port, { databaseUrl })
  await using two = await serve(folder, stub.port, { databaseUrl })
  using toOne = await RawClient.connect(one.port, 1)
  using toTwo = await RawClient.connect(two.port, 1)
  const before = postgres.conditions()
  const tookMs: number[] = []
  for (let n = -WARM_UP; n < SAMPLES; n++) {
    const message = { to: { users: [`member-${n}`] }, msgtype: "text", text: { content: `你好 ${n}` } }
    const client = n % 2 === 0 ? toOne : toTwo
    const ms = await untilArrival(stub, () => client.post("/v1/messages", ADMIN_KEY, JSON.stringify(message)))
    if (n >= 0) tookMs.push(ms)
    await sleep(PAUSE_MS)
  }
  report.note(`nodes-latency: before ${before}; after ${postgres.conditions()}`)
  report.add({
    what: "two gateways on PostgreSQL, idle, accept → WeCom called, p99",
    measured: quantile(tookMs, 0.99),
    atMost: 100,
    unit: "ms",
    note: `median ${quantile(tookMs, 0.5).toFixed(1)} ms, worst ${Math.max(...tookMs).toFixed(1)} ms; ${SAMPLES} messages`,
  })
}
