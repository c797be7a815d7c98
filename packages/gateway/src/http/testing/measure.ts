import { connect } from "node:net"
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { readIdempotencyKey } from "../../accept/idempotency-key.ts"
import { pointerOf } from "../../accept/pointer.ts"
import { readJson } from "../../accept/read-json.ts"
import { parseRfc3339 } from "../../accept/rfc3339.ts"
import { scrub } from "../../log.ts"
import { languageOf } from "../language.ts"
import { hostileTexts, patternsOfTheGateway, timeOf as timeOfPattern } from "./patterns.ts"
import { ADMIN_KEY, startTestGateway } from "./start-gateway.ts"
import type { TestGateway } from "./start-gateway.ts"

/**
 * The promises about time, measured: they need a machine that does nothing else, so no test run asks for them.
 * Ends with 1 where one does not hold.
 */
const results: { readonly what: string; readonly measured: string; readonly holds: boolean }[] = []

await sameTimeForWrongKeys()
hostileTextIsReadQuickly()
await aMillionRecipientsStallNobody()
await idleConnectionsKeepNobodyOut()
for (const { what, measured, holds } of results) console.log(`${holds ? "ok  " : "FAIL"} ${what}: ${measured}`)
process.exit(results.every(({ holds }) => holds) ? 0 : 1)

async function sameTimeForWrongKeys(): Promise<void> {
  await using gateway = await startTestGateway()
  const ways = [
    () => gateway.request("/v1/messages", { key: null }),
    () => gateway.request("/v1/messages", { key: `wp_${"x".repeat(43)}` }),
    () => gateway.request("/v1/messages", { key: `${ADMIN_KEY.slice(0, -1)}x` }),
  ]
  const times: number[][] = ways.map(() => [])
  for (let round = 0; round < 600; round++) {
    for (const [index, way] of ways.entries()) {
      const started = performance.now()
      await way()
      times[index]?.push(performance.now() - started)
    }
  }
  const medians = times.map((list) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0)
  const spread = Math.max(...medians) / Math.min(...medians) - 1
  results.push({
    what: "row 1: no key and wrong keys take the same time, within 10 %",
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
  results.push({
    what: "row 24: no text of 50 kB takes a reader or a pattern 5 ms",
    measured: `${slowest.ms.toFixed(2)} ms at most (${slowest.name})`,
    holds: slowest.ms < 5,
  })
}

async function aMillionRecipientsStallNobody(): Promise<void> {
  await using gateway = await startTestGateway()
  // What is loaded once is not what is asked about.
  await post(gateway, 50_000)
  const { worst, result } = await worstTurnDuring(() => post(gateway, 1_000_000))
  results.push({
    what: "C11: a million recipients are taken in within 3 s, and nothing stands still for 50 ms",
    measured: `${result.status} in ${result.ms.toFixed(0)} ms, ${worst.toFixed(1)} ms at most`,
    holds: result.status === 202 && result.ms < 3000 && worst < 50,
  })
}

async function idleConnectionsKeepNobodyOut(): Promise<void> {
  await using gateway = await startTestGateway({ limits: { headersTimeoutMs: 3000 } })
  const sockets = Array.from({ length: 5000 }, () => {
    const socket = connect(gateway.port, "127.0.0.1")
    socket.on("error", () => {})
    socket.resume()
    socket.write("GET /v1/messages HTTP/1.1\r\n")
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, "connect")))
  const times: number[] = []
  for (let n = 0; n < 100; n++) {
    const started = performance.now()
    await gateway.request("/healthz")
    times.push(performance.now() - started)
  }
  const p99 = times.toSorted((a, b) => a - b)[98] ?? 0
  const started = performance.now()
  await Promise.all(sockets.filter((socket) => !socket.closed).map((socket) => once(socket, "close")))
  const closedAfter = performance.now() - started
  results.push({
    what: "C18: 5,000 connections that send nothing keep nobody out, and are closed in time",
    measured: `p99 of others ${p99.toFixed(1)} ms, all closed after ${(closedAfter / 1000).toFixed(1)} s more`,
    holds: p99 < 100 && closedAfter < 6000,
  })
}

async function post(gateway: TestGateway, count: number): Promise<{ status: number; ms: number }> {
  const worker = new Worker(new URL("children/post-body.ts", import.meta.url), {
    workerData: { url: gateway.url, key: ADMIN_KEY, count },
  })
  const [result] = await once(worker, "message")
  await worker.terminate()
  return result
}

async function worstTurnDuring<T>(work: () => Promise<T>): Promise<{ worst: number; result: T }> {
  let worst = 0
  let last = performance.now()
  let isOver = false
  const turn = (): void => {
    const now = performance.now()
    worst = Math.max(worst, now - last)
    last = now
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  const result = await work()
  isOver = true
  return { worst, result }
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
    // Refused is as good as read.
  }
}
