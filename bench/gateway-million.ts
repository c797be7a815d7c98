import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { peakResidentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY, mobileAt } from "./lib/gateway/plan.ts"
import { callsAt, serve, until } from "./lib/gateway/serve.ts"
import { Folder, FROM_SOURCES } from "./lib/gateway/start.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"

const PEOPLE = 1_000_000

/** One message to a million mobiles whose userids are known: from a body of 14 MB to a thousand calls. */
export async function gatewayMillion(report: Report): Promise<void> {
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    ...FROM_SOURCES,
    fileURLToPath(new URL("lib/gateway/seed-lookups.ts", import.meta.url)),
    folder.databaseFile,
    `http://127.0.0.1:${stub.port}`,
    String(PEOPLE),
  ])
  report.note(
    "gateway-million: whose numbers they are is written into the store by the sources, not asked a million times",
  )
  report.note("gateway-million: the stall of the event loop is told by a preload of NODE_OPTIONS")
  await using gateway = await serve(folder, stub.port, { watched: true })
  const body = JSON.stringify({
    to: { mobiles: Array.from({ length: PEOPLE }, (_, index) => mobileAt(index)) },
    msgtype: "text",
    text: { content: "你好" },
  })
  using client = await RawClient.connect(gateway.port, 1)
  const startedAt = Date.now()
  let acceptedAt = startedAt
  const stall = await gateway.longestStallMs(async () => {
    await client.post("/v1/messages", ADMIN_KEY, body)
    acceptedAt = Date.now()
    await until(async () => (await callsAt(stub.port)) >= PEOPLE / 1000)
  })
  await until(async () => (await gateway.sent()) >= PEOPLE, 250)
  const sentAt = Date.now()
  const calls = await callsAt(stub.port)
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
    measured: (acceptedAt - startedAt) / 1000,
    atMost: 3,
    unit: "s",
    note: `sent to all after ${((sentAt - startedAt) / 1000).toFixed(1)} s`,
  })
  report.add({ what: `${what}, longest stall of the event loop`, measured: stall, atMost: 50, unit: "ms" })
  report.add({
    what: `${what}, peak resident memory`,
    measured: Math.round((await peakResidentBytes(gateway.pid)) / 1e6),
    atMost: 450,
    unit: "MB",
  })
}
