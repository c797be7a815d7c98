// Measures the promises about time. They need a machine that does nothing else, so they are not part of any test run.
// Ends with 1 if a promise does not hold.
import { once } from "node:events"
import { connect } from "node:net"
import { readIdempotencyKey } from "../packages/gateway/src/accept/idempotency-key.ts"
import { pointerOf } from "../packages/gateway/src/accept/pointer.ts"
import { readJson } from "../packages/gateway/src/accept/read-json.ts"
import { parseRfc3339 } from "../packages/gateway/src/accept/rfc3339.ts"
import { languageOf } from "../packages/gateway/src/doors/kit/language.ts"
import {
  hostileTexts,
  patternsOfTheGateway,
  timeOf as timeOfPattern,
} from "../packages/gateway/src/doors/http/testing/patterns.ts"
import { scrub } from "../packages/gateway/src/model/scrub.ts"
import { startServer } from "./lib/child.ts"
import { ADMIN_KEY, mobileAt } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed } from "./lib/packed.ts"
import { RawClient } from "./lib/raw-client.ts"
import { median, quantile } from "./lib/rounds.ts"

let broken = 0

console.log((await packed()).describe())
console.log("note the readers of hostile text are of the sources: the packages do not show them one by one")
console.log("note the stall of the event loop is measured by a preload of NODE_OPTIONS")
await withGateway(sameTimeForWrongKeys)
hostileTextIsReadQuickly()
await withGateway(aMillionRecipientsStallNobody, { watched: true })
await withGateway(idleConnectionsKeepNobodyOut)
process.exit(broken === 0 ? 0 : 1)

function tell({ what, measured, holds }: { what: string; measured: string; holds: boolean }): void {
  if (!holds) broken++
  console.log(`${holds ? "ok  " : "FAIL"} ${what}: ${measured}`)
}

async function withGateway(work: (gateway: ServedGateway) => Promise<void>, options = {}): Promise<void> {
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", ["no-tokens"])
  await using gateway = await serve(folder, stub.port, options)
  await work(gateway)
}

async function sameTimeForWrongKeys({ url }: ServedGateway): Promise<void> {
  const ways = [
    {},
    { authorization: `Bearer wp_${"x".repeat(43)}` },
    { authorization: `Bearer ${ADMIN_KEY.slice(0, -1)}x` },
  ]
  const times: number[][] = ways.map(() => [])
  for (let round = 0; round < 600; round++) {
    for (const [index, headers] of ways.entries()) {
      const started = performance.now()
      const answer = await fetch(`${url}/v1/messages`, { headers })
      await answer.arrayBuffer()
      times[index]?.push(performance.now() - started)
      if (answer.status !== 401) throw new Error(`${answer.status} instead of 401`)
    }
  }
  const medians = times.map(median)
  const spread = Math.max(...medians) / Math.min(...medians) - 1
  tell({
    what: "no key and wrong keys take the same time, within 10 %",
    measured: `medians ${medians.map((ms) => ms.toFixed(3)).join(", ")} ms, ${(spread * 100).toFixed(1)} % apart`,
    holds: spread <= 0.1,
  })
}

function hostileTextIsReadQuickly(): void {
  const size = 50_000
  const texts = ["a", "1", "\\", '"', "-", ".", ",", ";", "=", "/", "://", "a=", "zh,", "[", "key=", "1380000"].map(
    (part) => part.repeat(size / part.length),
  )
  const readers: Record<string, (text: string) => unknown> = {
    rfc3339: parseRfc3339,
    "accept-language": languageOf,
    "idempotency key": (text) => quietly(() => readIdempotencyKey(`"${text}`)),
    pointer: pointerOf,
    "log line": scrub,
    json: (text) => quietly(() => readJson(Buffer.from(text))),
  }
  let slowest = { ms: 0, name: "" }
  for (const [name, read] of Object.entries(readers)) {
    for (const text of texts) {
      const ms = Math.min(...Array.from({ length: 3 }, () => timeOf(() => read(text))))
      if (ms > slowest.ms) slowest = { ms, name: `${name} of ${JSON.stringify(text.slice(0, 4))}…` }
    }
  }
  for (const pattern of patternsOfTheGateway()) {
    for (const text of [...hostileTexts(pattern, size), ...texts]) {
      const ms = timeOfPattern(pattern, text)
      if (ms > slowest.ms) slowest = { ms, name: `/${pattern.source}/ of ${JSON.stringify(text.slice(0, 9))}…` }
    }
  }
  tell({
    what: "no text of 50 kB takes a reader or a pattern 5 ms",
    measured: `${slowest.ms.toFixed(2)} ms at most (${slowest.name})`,
    holds: slowest.ms < 5,
  })
}

async function aMillionRecipientsStallNobody(gateway: ServedGateway): Promise<void> {
  using client = await RawClient.connect(gateway.port, 1)
  const post = async (count: number): Promise<number> => {
    const mobiles = Array.from({ length: count }, (_, n) => mobileAt(n))
    const body = JSON.stringify({ to: { mobiles }, msgtype: "text", text: { content: "磁盘 91%" } })
    const started = performance.now()
    await client.post("/v1/messages", ADMIN_KEY, body)
    return performance.now() - started
  }
  // The first request also loads code, which is not to be measured.
  await post(50_000)
  let took = 0
  const worst = await gateway.longestStall(async () => {
    took = await post(1_000_000)
  })
  tell({
    what: "a million recipients are taken in within 3 s, and nothing stands still for 50 ms",
    measured: `${took.toFixed(0)} ms, ${worst.ms.toFixed(1)} ms at most (${worst.note})`,
    holds: took < 3000 && worst.ms < 50,
  })
}

async function idleConnectionsKeepNobodyOut({ url, port }: ServedGateway): Promise<void> {
  const started = performance.now()
  const sockets = Array.from({ length: 5000 }, () => {
    const socket = connect(port, "127.0.0.1")
    socket.on("error", () => {})
    socket.resume()
    socket.write("GET /v1/messages HTTP/1.1\r\n")
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, "connect")))
  const times: number[] = []
  for (let n = 0; n < 100; n++) {
    const askedAt = performance.now()
    const answer = await fetch(`${url}/healthz`)
    await answer.arrayBuffer()
    times.push(performance.now() - askedAt)
    if (!answer.ok) throw new Error(`${answer.status} for /healthz`)
  }
  const p99 = quantile(times, 0.99)
  await Promise.all(sockets.filter((socket) => !socket.closed).map((socket) => once(socket, "close")))
  const closedAfter = performance.now() - started
  tell({
    what: "5,000 connections that send nothing keep no other client out, and are closed after the 10 s that a head may take",
    measured: `p99 of others ${p99.toFixed(1)} ms, all closed after ${(closedAfter / 1000).toFixed(1)} s`,
    holds: p99 < 100 && closedAfter < 14_000,
  })
}

function timeOf(work: () => unknown): number {
  const started = performance.now()
  work()
  return performance.now() - started
}

function quietly(work: () => unknown): void {
  try {
    work()
  } catch {
    // A refusal counts as read.
  }
}
