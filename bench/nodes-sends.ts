import { startServer, untilSends } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { takeInAhead } from "./lib/gateway/take-in-ahead.ts"
import { callsAt, serve, until } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { takeTurns } from "./lib/rounds.ts"
import type { Runner } from "./lib/rounds.ts"

const MESSAGES = 4000
const TAKING_IN_MS = 10_000

/**
 * Measures accepted to sent through one gateway on PostgreSQL, with one message and one call for each person, and every outcome
 * on the disk. Compared with pg-boss and an undici Pool on the same server. Both have 50 calls in flight to the same stub.
 */
export async function nodesSends(report: Report): Promise<void> {
  await using postgres = await startPostgres()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await using gateway = await serve(folder, stub.port, { databaseUrl: await postgres.newDatabase("gateway") })
  await using peer = await startServer("lib/pg-boss-peer.ts", [await postgres.newDatabase("peer"), String(stub.port)])
  using client = await RawClient.connect(gateway.port, 1)
  const before = postgres.conditions()
  const drain = (isEachCompleted: boolean) => async (): Promise<number> => {
    const perSecond = peer.told<number>("perSecond")
    peer.process.send({ drain: { count: MESSAGES, isEachCompleted } })
    return perSecond
  }
  const result = await takeTurns(
    [
      gatewayRunner(gateway, client, stub),
      { name: "pg-boss", round: drain(false) },
      { name: "each", round: drain(true) },
    ],
    { rounds: 3, warmUps: 4 },
  )
  report.note(`nodes-sends: before ${before}; after ${postgres.conditions()}`)
  report.note(
    "nodes-sends: pg-boss completes the 200 jobs that it has fetched with one statement, once all are sent: it keeps no outcome, and a process that dies in between sends up to 200 again; the gateway writes each call down before it goes out, and its outcome after it",
  )
  const told = (name: string): string => `${Math.round(result.rate(name))}/s`
  report.add({
    what: "gateway on PostgreSQL accepted → sent, per person / pg-boss fetch 200 + undici",
    measured: result.ratio("gateway", "pg-boss"),
    atLeast: 0.7,
    note: `${told("gateway")}; pg-boss ${told("pg-boss")}, and ${told("each")} where each job is completed with its outcome when its call is answered (${result.ratio("gateway", "each").toFixed(2)} ×); ${MESSAGES} messages a round, each to another person, from the first call on`,
  })
}

function gatewayRunner(gateway: ServedGateway, client: RawClient, stub: ServerChild): Runner {
  let person = 0
  const round = async (): Promise<number> => {
    const [calls, sent] = [await callsAt(stub.port), await gateway.sent()]
    await takeInAhead(client, { count: MESSAGES, aheadMs: TAKING_IN_MS, nextPerson: () => person++ })
    // The gateway looks for due messages once a second; that wait is not to be measured.
    await untilSends(stub, calls + 1)
    const startedAt = Date.now()
    await untilSends(stub, calls + MESSAGES)
    // Only now, because reporting its figures costs the gateway time.
    await until(async () => (await gateway.sent()) - sent >= MESSAGES)
    return MESSAGES / ((Date.now() - startedAt) / 1000)
  }
  return { name: "gateway", round }
}
