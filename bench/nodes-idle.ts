import { setTimeout as sleep } from "node:timers/promises"
import { startServer, untilArrival } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"

const SETTLE_MS = 10_000
/** Longer than the interval of any periodic work of a gateway. */
const WATCH_MS = 90_000
const NODES = 2

/** Measures the statements of two gateways that have nothing to do, after they have sent a message. */
export async function nodesIdle(report: Report): Promise<void> {
  await using postgres = await startPostgres([
    "shared_preload_libraries=pg_stat_statements",
    // `begin` and `commit` are statements too.
    "pg_stat_statements.track_utility=on",
    "pg_stat_statements.track=top",
  ])
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  const databaseUrl = await postgres.newDatabase("gateway")
  await using one = await serve(folder, stub.port, { databaseUrl })
  await using _two = await serve(folder, stub.port, { databaseUrl })
  using client = await RawClient.connect(one.port, 1)
  const message = { to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "你好" } }
  await untilArrival(stub, () => client.post("/v1/messages", ADMIN_KEY, JSON.stringify(message)))
  await postgres.admin("create extension pg_stat_statements")
  await sleep(SETTLE_MS)
  await postgres.admin("select pg_stat_statements_reset()")
  const startedAt = performance.now()
  await sleep(WATCH_MS)
  const rows = await postgres.admin(`select calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 60) as query
    from pg_stat_statements(true) join pg_database on pg_database.oid = dbid where datname = 'gateway'
    order by calls desc`)
  const nodeSeconds = ((performance.now() - startedAt) / 1000) * NODES
  const statements = rows.reduce((sum, { calls }) => sum + Number(calls), 0)
  const most = rows
    .slice(0, 3)
    .map(({ calls, query }) => `${(Number(calls) / nodeSeconds).toFixed(1)} ${String(query)}`)
  report.add({
    what: "two gateways on PostgreSQL, idle, statements a second of each",
    measured: statements / nodeSeconds,
    atMost: 10,
    unit: "a second",
    note: `over ${WATCH_MS / 1000} s, as pg_stat_statements counts them, transactions' begin and commit included; most of them: ${most.join("; ")}`,
  })
}
