import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { callsAt, serve, until } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"

const PENDING = 10_000
const BATCH_SIZE = 500
const ROUNDS = 3

/** Measures the time from `kill -9` with work left until the first message goes out again, including the start of the process. */
export async function gatewayRestart(report: Report): Promise<void> {
  const rounds: { firstMs: number; allMs: number }[] = []
  for (let n = 0; n < ROUNDS; n++) rounds.push(await round())
  const worst = Math.max(...rounds.map(({ firstMs }) => firstMs))
  const all = Math.max(...rounds.map(({ allMs }) => allMs))
  report.add({
    what: "restart after kill -9, 10,000 pending, until the first send",
    measured: worst / 1000,
    atMost: 1,
    unit: "s",
    note: `the worst of ${ROUNDS}; all sent after ${(all / 1000).toFixed(1)} s`,
  })
}

async function round(): Promise<{ firstMs: number; allMs: number }> {
  await using folder = await Folder.make()
  {
    // WeCom gives no token, so nothing goes out, and all messages are pending when the gateway is killed.
    await using silent = await startServer("lib/stub.ts", ["no-tokens"])
    const gateway = await serve(folder, silent.port)
    await fill(gateway.port)
    await hasSettled(folder)
    await gateway.kill()
  }
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  const arrival = stub.told<string>("arrivedAt")
  await using again = await serve(folder, stub.port)
  const firstAt = BigInt(await arrival)
  await until(async () => (await callsAt(stub.port)) >= PENDING)
  return { firstMs: ms(firstAt - again.startedAt), allMs: ms(process.hrtime.bigint() - again.startedAt) }
}

/** Waits until the compiled code is stored, as after a while of running. The very first start takes longer. */
async function hasSettled({ path }: Folder): Promise<void> {
  const compiled = join(path, "wecom-push", "compiled")
  const isKept = (): boolean => existsSync(compiled) && readdirSync(compiled, { recursive: true }).length > 1
  for (const until = performance.now() + 30_000; !isKept(); await sleep(100)) {
    if (performance.now() > until) throw new Error("the gateway has not kept what it compiled after 30 s")
  }
  // The last files may not be written yet.
  await sleep(1000)
}

async function fill(port: number): Promise<void> {
  using client = await RawClient.connect(port, 1)
  for (let from = 0; from < PENDING; from += BATCH_SIZE) {
    const batch = Array.from({ length: BATCH_SIZE }, (_, index) => ({
      to: { users: [`member-${from + index}`] },
      msgtype: "text",
      text: { content: `你好 ${from + index}` },
    }))
    await client.post("/v1/messages/batch", ADMIN_KEY, JSON.stringify(batch), 200)
  }
}

function ms(ns: bigint): number {
  return Number(ns) / 1e6
}
