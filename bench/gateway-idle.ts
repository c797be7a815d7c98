import { readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { needsProc, residentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"

const SETTLE_MS = 10_000
const WATCH_MS = 30_000
/** Of the kernel's clock, in which it counts a process's time; the same on every Linux that Node runs on. */
const TICK_MS = 10

/** What the compiled gateway costs when there is nothing to do, after it has sent a message. */
export async function gatewayIdle(report: Report): Promise<void> {
  needsProc()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  await using gateway = await serve(folder, stub.port)
  using client = await RawClient.connect(gateway.port, 1)
  const arrival = stub.told<string>("arrivedAt")
  const message = { to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "你好" } }
  await client.post("/v1/messages", ADMIN_KEY, JSON.stringify(message))
  await arrival
  await sleep(SETTLE_MS)
  const [startedAt, before] = [performance.now(), await cpuMs(gateway.pid)]
  await sleep(WATCH_MS)
  const share = ((await cpuMs(gateway.pid)) - before) / (performance.now() - startedAt)
  const what = "gateway idle, compiled"
  report.add({
    what: `${what}, resident memory`,
    measured: Math.round((await residentBytes(gateway.pid)) / 1e6),
    atMost: 130,
    unit: "MB",
  })
  report.add({ what: `${what}, time of a core`, measured: share * 100, atMost: 1, unit: "%" })
}

/** User and system time of a process so far. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8")
  // The name of the process may hold blanks; what follows it does not.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
