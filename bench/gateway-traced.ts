import { loadavg } from "node:os"
import { processorSeconds, startServer, threadSeconds } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { oracle, whyNoOracles } from "./lib/oracles.ts"
import type { Report } from "./lib/report.ts"
import { median, takeTurns } from "./lib/rounds.ts"
import type { Runner } from "./lib/rounds.ts"
import { gatewayRunner } from "./gateway-sends.ts"

const MESSAGES = 4000
const WARM_UPS = 4
const ROUNDS = 12

/**
 * Compares the gateway's processor time for a message, from acceptance to its outcome, when every message is traced and when no
 * OpenTelemetry is registered; the two differ in nothing else that takes time. The SDK records all spans and drops them, so
 * the cost of an exporter is not included. The main threads are also compared alone: V8's own threads, which compile and
 * collect garbage, take a quarter, and vary from round to round by more than the cost of all spans.
 */
export async function gatewayTraced(report: Report): Promise<void> {
  const what = "gateway accepted → sent, per person, processor time traced / not traced"
  const missing = whyNoOracles()
  if (missing !== undefined) return report.leaveOut(what, missing)
  await using folders = new AsyncDisposableStack()
  const [plainFolder, tracedFolder] = [folders.use(await Folder.make()), folders.use(await Folder.make())]
  await using stub = await startServer("lib/stub.ts")
  await using plain = await serve(plainFolder, stub.port)
  const environment = { NODE_OPTIONS: `--import=${oracle("register-tracing.mjs")}` }
  await using traced = await serve(tracedFolder, stub.port, { environment })
  await using resources = new AsyncDisposableStack()
  const mainThreads = { plain: [] as number[], traced: [] as number[] }
  const runners = [
    onProcessor("plain", plain, stub, mainThreads.plain),
    onProcessor("traced", traced, stub, mainThreads.traced),
    bareSpans(await startServer(oracle("bare-spans.ts")), resources),
  ]
  const result = await takeTurns(runners, { warmUps: WARM_UPS, rounds: ROUNDS })
  const onMain = (of: readonly number[]): string => `${Math.round((1e6 * median(of.slice(WARM_UPS))) / MESSAGES)} µs`
  const each = (name: string): string => `${Math.round(1e6 / result.rate(name))} µs`
  report.add({
    what,
    measured: result.ratio("plain", "traced"),
    atMost: 1.1,
    note: `${each("traced")} of a processor for a message with its four spans, ${each("plain")} without, on the main thread alone ${onMain(mainThreads.traced)} and ${onMain(mainThreads.plain)}; the four alone, made and ended in a loop, ${each("bare")}; load ${(loadavg()[0] ?? 0).toFixed(1)}`,
  })
}

/** Counts messages for each second of the gateway's processor time. */
function onProcessor(name: string, gateway: ServedGateway, stub: ServerChild, mainThread: number[]): Runner {
  const sends = gatewayRunner(gateway, stub, { name, messages: MESSAGES })
  return {
    name,
    async round() {
      const [before, mainBefore] = [await processorSeconds(gateway.pid), await threadSeconds(gateway.pid)]
      await sends.round()
      mainThread.push((await threadSeconds(gateway.pid)) - mainBefore)
      return MESSAGES / ((await processorSeconds(gateway.pid)) - before)
    },
  }
}

/** Measures the time of the SDK for the same spans alone. */
function bareSpans(child: ServerChild, resources: AsyncDisposableStack): Runner {
  resources.use(child)
  return {
    name: "bare",
    async round() {
      const microseconds = child.told<number>("microseconds")
      child.process.send({ count: MESSAGES })
      return 1e6 / (await microseconds)
    },
  }
}
