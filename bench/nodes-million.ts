import { startServer } from "./lib/child.ts"
import { PEOPLE, seedLookups, sendMillion } from "./lib/gateway/million.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import type { Report } from "./lib/report.ts"

/** Sends one message to a million mobiles whose userids are known, through one gateway on PostgreSQL. */
export async function nodesMillion(report: Report): Promise<void> {
  await using postgres = await startPostgres()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  const databaseUrl = await postgres.newDatabase("gateway")
  await seedLookups(databaseUrl, stub.port)
  const before = postgres.conditions()
  report.note(
    "nodes-million: whose numbers they are is written into the store by the sources, not asked a million times; the stall of the event loop is measured by a preload of NODE_OPTIONS",
  )
  await using gateway = await serve(folder, stub.port, { databaseUrl, watched: true })
  const { calls, acceptedSeconds, sentSeconds, longestStall, peakMegabytes } = await sendMillion(gateway, stub.port)
  report.note(`nodes-million: before ${before}; after ${postgres.conditions()}`)
  const what = "1,000,000 known mobiles on PostgreSQL"
  report.add({
    what: `${what}, calls that reached WeCom`,
    measured: calls,
    atLeast: PEOPLE / 1000,
    atMost: PEOPLE / 1000,
    unit: "",
  })
  report.add({
    what: `${what}, until accepted`,
    measured: acceptedSeconds,
    atMost: 10,
    unit: "s",
    note: `sent to all after ${sentSeconds.toFixed(1)} s; longest stall of the event loop ${longestStall.ms.toFixed(0)} ms (${longestStall.note})`,
  })
  report.add({
    what: `${what}, peak resident memory of the node that takes it in and sends it`,
    measured: peakMegabytes,
    atMost: 450,
    unit: "MB",
  })
}
