import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Report } from "./lib/report.ts"

const run = promisify(execFile)
const file = fileURLToPath(new URL("lib/compact.ts", import.meta.url))

/** Compares compact ways to keep values in memory with the ways that a reader would expect. */
export async function compact(report: Report): Promise<void> {
  report.note("what is kept compactly is of the sources: the packages do not show it")
  report.add({
    what: "a million keys in a table / in a Map, memory",
    measured: (await measure("keys in a table")) / (await measure("keys in a map")),
    atMost: 0.7,
  })
  const transient = await threeTimes("values through a transient map")
  const plain = await threeTimes("values through a map")
  report.add({
    what: "a million values that come and go, TransientMap / Map, collections of the whole heap",
    measured: transient / plain,
    atMost: 0.8,
    note: `${transient} and ${plain} in three runs`,
  })
}

async function threeTimes(way: string): Promise<number> {
  let sum = 0
  for (let round = 0; round < 3; round++) sum += await measure(way)
  return sum
}

async function measure(way: string): Promise<number> {
  const { stdout } = await run(process.execPath, ["--expose-gc", "--conditions=wecom-push-source", file, way])
  return JSON.parse(stdout) as number
}
