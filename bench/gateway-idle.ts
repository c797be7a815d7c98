import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdir, readFile } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { needsProc, residentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"

const SETTLE_MS = 10_000
/** The time for a process without work to settle. */
const BARE_SETTLE_MS = 2000
const WATCH_MS = 30_000

/** Measures what the compiled gateway costs when it has nothing to do, after it has sent a message. */
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
  const idle = await watch(gateway.pid)
  const what = "gateway idle, compiled"
  report.add({
    what: `${what}, resident memory`,
    measured: Math.round((await residentBytes(gateway.pid)) / 1e6),
    atMost: 130,
    unit: "MB",
  })
  const bare = await watchBare(idle.wakesPerSecond)
  report.add({
    what: `${what}, time of a core beyond that of a bare process which wakes as often`,
    measured: Math.max(0, idle.share - bare.share) * 100,
    atMost: 1,
    unit: "%",
    note: `${percent(idle.share)} at ${idle.wakesPerSecond.toFixed(1)} wakes a second; bare ${percent(bare.share)} at ${bare.wakesPerSecond.toFixed(1)}: what a wake costs is the machine's, and on a busy host that is milliseconds`,
  })
  report.add({ what: `${what}, wakes a second`, measured: idle.wakesPerSecond, atMost: 20, unit: "a second" })
}

interface Watched {
  /** The share of a core. */
  readonly share: number
  /** How often its main thread went to sleep. */
  readonly wakesPerSecond: number
}

async function watch(pid: number): Promise<Watched> {
  const [startedAt, cpu, sleeps] = [performance.now(), await cpuMs(pid), await sleepsOf(pid)]
  await sleep(WATCH_MS)
  const tookMs = performance.now() - startedAt
  return {
    share: ((await cpuMs(pid)) - cpu) / tookMs,
    wakesPerSecond: ((await sleepsOf(pid)) - sleeps) / (tookMs / 1000),
  }
}

/** Watches a Node with a timer and nothing else. */
async function watchBare(wakesPerSecond: number): Promise<Watched> {
  const child = spawn(process.execPath, ["-e", `setInterval(() => {}, ${Math.round(1000 / wakesPerSecond)})`])
  try {
    await sleep(BARE_SETTLE_MS)
    return await watch(child.pid ?? 0)
  } finally {
    child.kill()
    await once(child, "exit")
  }
}

/**
 * How long the threads of a process have run so far, measured by the kernel's scheduler. Not from `/proc/PID/stat`, which adds
 * 10 ms for each clock tick at which the process runs: timers wake it at a tick, so far too much is added.
 */
async function cpuMs(pid: number): Promise<number> {
  const folder = `/proc/${pid}/task`
  let sum = 0
  for (const thread of await readdir(folder)) {
    const told = await readFile(`${folder}/${thread}/schedstat`, "utf8").catch(endedMeanwhile)
    sum += Number(told.split(" ", 1)[0]) / 1e6
  }
  return sum
}

function endedMeanwhile(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error
  return "0"
}

async function sleepsOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1])
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
