import { startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { measure, takeTurns } from "./lib/rounds.ts"

const CONNECTIONS = 128
const FEWER = 32
const ROUND_MS = 2000

/**
 * How fast one gateway on PostgreSQL accepts messages of 128 clients who each wait for their answer, with each message on the
 * disk before it. Compared with `send` of pg-boss on the same server, one after another. Also compares both with 32 clients.
 */
export async function nodesAccepts(report: Report): Promise<void> {
  await using postgres = await startPostgres()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await using gateway = await serve(folder, stub.port, { databaseUrl: await postgres.newDatabase("gateway") })
  await using peer = await startServer("lib/pg-boss-peer.ts", [await postgres.newDatabase("peer"), String(stub.port)])
  using client = await RawClient.connect(gateway.port, CONNECTIONS)
  let n = 0
  // Scheduled for later, so that only accepting is measured, not sending.
  const send_at = new Date(Date.now() + 24 * 3600_000).toISOString()
  const accept = (): Promise<string> => {
    const message = {
      to: { users: [`member-${n % 10_000}`] },
      msgtype: "text",
      text: { content: `你好 ${n++}` },
      send_at,
    }
    return client.post("/v1/messages", ADMIN_KEY, JSON.stringify(message))
  }
  const addBy = (inFlight: number) => async (): Promise<number> => {
    const perSecond = peer.told<number>("perSecond")
    peer.process.send({ add: { roundMs: ROUND_MS, inFlight } })
    return perSecond
  }
  const acceptBy = (inFlight: number) => async (): Promise<number> => {
    const { done, seconds } = await measure(accept, ROUND_MS, inFlight)
    return done / seconds
  }
  const before = postgres.conditions()
  const result = await takeTurns(
    [
      { name: "gateway", round: acceptBy(CONNECTIONS) },
      { name: "pg-boss", round: addBy(1) },
      { name: "gateway, fewer", round: acceptBy(FEWER) },
      { name: "pg-boss, fewer", round: addBy(FEWER) },
    ],
    { warmUps: 4 },
  )
  report.note(`nodes-accepts: before ${before}; after ${postgres.conditions()}`)
  report.note(
    "nodes-accepts: pg-boss is asked in its own process, without HTTP, keys or checks of what it is given; the gateway answers requests",
  )
  const told = (name: string): string => `${Math.round(result.rate(name))}/s`
  report.add({
    what: `gateway on PostgreSQL accepts, from ${CONNECTIONS} who each wait / pg-boss send, one by one`,
    measured: result.ratio("gateway", "pg-boss"),
    atLeast: 3,
    note: `${told("gateway")}; pg-boss ${told("pg-boss")}; both from ${FEWER} at once ${told("gateway, fewer")} and ${told("pg-boss, fewer")}, ${result.ratio("gateway, fewer", "pg-boss, fewer").toFixed(2)} ×`,
  })
}
