// Runs npm scripts: those of one argument one after another, the arguments at the same time, and those of --nice with a low
// priority: node tools/run-steps.ts A,B C --nice D,E
// The output of the first argument is shown at once. The others are shown when they end, so that their output stays together:
// the last lines, or all lines after a failure. When a script fails, only the later scripts of its argument are left out; the
// exit code is then 1, and the last lines name again what failed.
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdtempDisposableSync, openSync, readFileSync } from "node:fs"
import { constants, getPriority, setPriority, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { lastLines, printFailed } from "./last-lines.ts"
import type { FailedStep } from "./last-lines.ts"
import { ChildrenCpu } from "./testing/children-cpu.ts"
import { endTree } from "./testing/end-tree.ts"

using folder = mkdtempDisposableSync(join(tmpdir(), "run-steps-"))
const running = new Set<ChildProcess>()
const cpu = new ChildrenCpu()
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const { pid } of running) if (pid !== undefined) endTree(pid)
    folder.remove()
    process.exit(1)
  })
}

/** A tenth of the weight of the others, so that these scripts make progress on a busy machine too. */
const NICE = Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL)
/** How many lines of a successful script are shown: its summary, and not a line for each page or test. */
const LINES_OF_WELL = 30
const { values, positionals } = parseArgs({
  options: { nice: { type: "string", multiple: true, default: [] } },
  allowPositionals: true,
})
const [first = "", ...others] = positionals
const failed: FailedStep[] = []
await Promise.all([
  runAll(first, runShown),
  ...others.map((scripts) => runAll(scripts, (script) => runKept(script))),
  ...values.nice.map((scripts) => runAll(scripts, (script) => runKept(script, NICE))),
])
printFailed(failed)
process.exitCode = failed.length === 0 ? 0 : 1

async function runAll(scripts: string, run: (script: string) => Promise<boolean>): Promise<void> {
  for (const script of scripts.split(",")) if (!(await run(script))) return
}

async function runShown(script: string): Promise<boolean> {
  const startedAt = performance.now()
  const code = await ended(start(script, "inherit"))
  console.log(endOf(script, code, startedAt))
  return isWell(script, code)
}

/** Collects the output in a file, which keeps the order of both streams; a process left behind cannot delay its end. */
async function runKept(script: string, priority?: number): Promise<boolean> {
  const startedAt = performance.now()
  const file = join(folder.path, script.replaceAll(":", "-"))
  const descriptor = openSync(file, "w")
  const child = start(script, descriptor)
  closeSync(descriptor)
  // Set before npm starts a process, which inherits the priority.
  if (child.pid !== undefined && priority !== undefined) setPriority(child.pid, priority)
  const code = await ended(child)
  const output = readFileSync(file, "utf8").trimEnd()
  // Printed in one call, or output of the step that is shown could come in between.
  const shown = code === 0 ? lastLines(output, LINES_OF_WELL) : output
  console.log(`\n== npm run ${script}\n${shown}\n${endOf(script, code, startedAt)}`)
  return isWell(script, code, output)
}

function start(script: string, output: "inherit" | number): ChildProcess {
  const child = spawn("npm", ["run", script], { stdio: ["ignore", output, output] })
  running.add(child)
  child.once("exit", () => running.delete(child))
  return child
}

async function ended(child: ChildProcess): Promise<number | string> {
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null]
  return signal ?? code ?? 1
}

function endOf(script: string, code: number | string, startedAt: number): string {
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  return `== npm run ${script}: ${code === 0 ? "well" : `ENDED WITH ${code}`} after ${seconds} s${cpu.describeLast()}`
}

function isWell(script: string, code: number | string, output?: string): boolean {
  if (code !== 0) failed.push({ name: `npm run ${script}`, ...(output === undefined ? {} : { output }) })
  return code === 0
}
