import { loadavg } from "node:os"
import { processorSeconds, startServer } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { oracle, whyNoOracles } from "./lib/oracles.ts"
import type { Report } from "./lib/report.ts"
import { takeTurns } from "./lib/rounds.ts"
import type { Runner } from "./lib/rounds.ts"
import { gatewayRunner } from "./gateway-sends.ts"

const MESSAGES = 4000

/**
 * What a message costs from acceptance to its outcome with every message traced, beside the same gateway in whose process no
 * OpenTelemetry is registered: the gateway's processor time, since the two do not differ in anything else that takes time. The SDK
 * records all spans and drops them; what an exporter costs is the exporter's.
 */
export async function gatewayTraced(report: Report): Promise<void> {
  const what = "gateway accepted → sent, per person, processor time traced / not traced"
  const missing = whyNoOracles()
  if (missing !== undefined) return report.leaveOut(what, missing)
  await using folders = new AsyncDisposableStack()
  const [plainFolder, tracedFolder] = [folders.use(await Folder.make()), folders.use(await Folder.make())]
  await using stub = await startServer("lib/stub.ts")
  await using plain = await serve(plainFolder, stub.port)
  const environment = { NODE_OPTIONS: `--import=${oracle("register-tracing.ts")}` }
  await using traced = await serve(tracedFolder, stub.port, { environment })
  await using resources = new AsyncDisposableStack()
  const runners = [
    await onProcessor("plain", plain, stub, resources),
    await onProcessor("traced", traced, stub, resources),
    bareSpans(await startServer(oracle("bare-spans.ts")), resources),
  ]
  const result = await takeTurns(runners, { warmUps: 4 })
  const each = (name: string): string => `${Math.round(1e6 / result.rate(name))} µs`
  report.add({
    what,
    measured: result.ratio("plain", "traced"),
    atMost: 1.1,
    note: `${each("traced")} of a processor for a message with its four spans, ${each("plain")} without; the four alone, made and ended in a loop, ${each("bare")}; load ${(loadavg()[0] ?? 0).toFixed(1)}`,
  })
}

/** Messages for each second that the gateway was on a processor. */
async function onProcessor(
  name: string,
  gateway: ServedGateway,
  stub: ServerChild,
  resources: AsyncDisposableStack,
): Promise<Runner> {
  const sends = await gatewayRunner(gateway, stub, resources, { name, messages: MESSAGES, takingInMs: 5000 })
  return {
    name,
    async round() {
      const before = await processorSeconds(gateway.pid)
      await sends.round()
      return MESSAGES / ((await processorSeconds(gateway.pid)) - before)
    },
  }
}

/** What the SDK takes for the same spans where nothing else is done. */
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
