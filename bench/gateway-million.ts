import { startServer } from "./lib/child.ts"
import { PEOPLE, seedLookups, sendMillion } from "./lib/gateway/million.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import type { Report } from "./lib/report.ts"

/** Sends one message to a million mobiles whose userids are known. */
export async function gatewayMillion(report: Report): Promise<void> {
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await seedLookups(folder.databaseFile, stub.port)
  report.note(
    "gateway-million: whose numbers they are is written into the store by the sources, not asked a million times",
  )
  report.note("gateway-million: the stall of the event loop is measured by a preload of NODE_OPTIONS")
  await using gateway = await serve(folder, stub.port, { watched: true })
  const { calls, acceptedSeconds, sentSeconds, longestStall, peakMegabytes } = await sendMillion(gateway, stub.port)
  const what = "1,000,000 known mobiles"
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
    atMost: 3,
    unit: "s",
    note: `sent to all after ${sentSeconds.toFixed(1)} s`,
  })
  report.add({
    what: `${what}, longest stall of the event loop`,
    measured: longestStall.ms,
    atMost: 50,
    unit: "ms",
    note: longestStall.note,
  })
  report.add({ what: `${what}, peak resident memory`, measured: peakMegabytes, atMost: 450, unit: "MB" })
}
