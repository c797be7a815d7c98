import { setTimeout as sleep } from "node:timers/promises"
import { startServer, untilArrival } from "./lib/child.ts"
import { ADMIN_KEY, APP } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed, packedSdk } from "./lib/packed.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { quantile } from "./lib/rounds.ts"

const SAMPLES = 1000
const WARM_UP = 100
const PAUSE_MS = 5

/**
 * Measures the time from a request until the first bytes of its call reach the stub, with nothing else to do: through the
 * gateway, with two commits, and by the SDK directly, in turn.
 */
export async function gatewayLatency(report: Report): Promise<void> {
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  await using gateway = await serve(folder, stub.port)
  const { text, WeCom } = await packedSdk((await packed()).home)
  using client = await RawClient.connect(gateway.port, 1)
  await using wecom = new WeCom({ ...APP, baseUrl: `http://127.0.0.1:${stub.port}` })
  const ways = {
    gateway: (n: number) =>
      client.post(
        "/v1/messages",
        ADMIN_KEY,
        JSON.stringify({ to: { users: [`member-${n}`] }, msgtype: "text", text: { content: `你好 ${n}` } }),
      ),
    sdk: (n: number) => wecom.send({ users: [`member-${n}`] }, text(`你好 ${n}`)),
  }
  const tookMs = { gateway: [] as number[], sdk: [] as number[] }
  for (let n = -WARM_UP; n < SAMPLES; n++) {
    for (const way of ["gateway", "sdk"] as const) {
      const ms = await untilArrival(stub, () => ways[way](n + WARM_UP))
      if (n >= 0) tookMs[way].push(ms)
      await sleep(PAUSE_MS)
    }
  }
  const [p99, p99Direct] = [quantile(tookMs.gateway, 0.99), quantile(tookMs.sdk, 0.99)]
  const told = (share: number): string =>
    `${quantile(tookMs.gateway, share).toFixed(2)} ms, direct ${quantile(tookMs.sdk, share).toFixed(2)} ms`
  report.add({
    what: "gateway idle, accept → WeCom called, p99 / p99 of a direct SDK call",
    measured: p99 / p99Direct,
    atMost: 5,
    note: `p99 ${told(0.99)}; median ${told(0.5)}; ${SAMPLES} of each`,
  })
}
