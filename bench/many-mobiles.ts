import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startServer } from "./lib/child.ts"
import { packed } from "./lib/packed.ts"
import type { Report } from "./lib/report.ts"

/** Sends one text to 100,000 known mobiles, and measures the calls and the memory. */
export async function manyMobiles(report: Report): Promise<void> {
  await using stub = await startServer("lib/stub.ts")
  const file = fileURLToPath(new URL("lib/many-mobiles.ts", import.meta.url))
  const { home } = await packed()
  const { stdout } = await promisify(execFile)(process.execPath, [file, home, String(stub.port), "100000"])
  const told = JSON.parse(stdout) as { ok: boolean; recipients: number; seconds: number; peakBytes: number }
  const calls = Number(await (await fetch(`http://127.0.0.1:${stub.port}/sends`)).text())
  if (!told.ok || told.recipients !== 100_000) throw new Error(`not everybody was sent: ${stdout}`)
  report.add({
    what: "100,000 known mobiles, calls that reached WeCom",
    measured: calls,
    atLeast: 100,
    atMost: 100,
    unit: "",
  })
  report.add({
    what: "100,000 known mobiles, peak resident memory",
    measured: Math.round(told.peakBytes / 1e6),
    atMost: 200,
    unit: "MB",
    note: `${told.seconds.toFixed(2)} s`,
  })
}
