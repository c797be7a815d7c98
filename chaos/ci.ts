// CI's checks of the gateway's reliability beyond the tests, in some five minutes on two cores: npm run chaos:ci
// The tests already cover the judge, the tools, and a kill at each point.
import { execFile } from "node:child_process"
import { lastLines, printFailed } from "../tools/last-lines.ts"
import type { FailedStep } from "../tools/last-lines.ts"
import { packCommand } from "../tools/packed-command.ts"
import { ChildrenCpu } from "../tools/testing/children-cpu.ts"

const SOURCE = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
/** A dead node's work is taken over in 2 s on an idle machine, but here other steps run at the same time. */
const TWO_NODES = ["--nodes", "2", "--database-restarts", "3", "--rolling-restarts", "3", "--takeover-ms", "8000"]
/** While one gateway is down the other answers, so half of the usual clients keep both busy, and need less processor time. */
const NODES = [...TWO_NODES, "--clients", "4"]
/** 20 s would be enough on an idle machine. */
const BAD_DAY = ["chaos/bad-day/main.ts", "--silence-ms", "30000"]
type Step = readonly [name: string, words: readonly string[]]

/**
 * The longest first. Of the gateways that are broken on purpose, only those whose damage shows soonest: with one that accepts
 * before it stores, each kill loses messages; with one without lanes, ten kills show messages out of order. The tests of the
 * judge and of the broken stores cover the duplicates of the others; `npm run chaos:controls` runs all of them.
 */
const AT_WORK: readonly Step[] = [
  ["two gateways on one database", ["chaos/main.ts", ...NODES, "--kills", "25", "--kills-per-phase", "0"]],
  ["power cuts", ["chaos/power-loss/main.ts", "--states", "500", "--controls"]],
  ["a bad day of two gateways on one database", [...BAD_DAY, "--nodes", "2", "--troubles", "60"]],
  ["random kills", ["chaos/main.ts", "--kills", "50"]],
  ["WeCom at its worst", ["chaos/main.ts", "--kills", "15", "--variant", "worst", "--kills-per-phase", "0"]],
  ["broken on purpose: accepts before it stores", ["chaos/controls/main.ts", "--kills", "10", "acknowledge-early"]],
]
/** As many as there are cores: with more, some requests failed for want of a database connection. */
const AT_ONCE = 2
/** These run one at a time beside the others: days of one gateway on a file, and lanes without order, mostly wait. */
const WAITING: readonly Step[] = [
  ["a bad day", [...BAD_DAY, "--troubles", "40"]],
  [
    "broken on purpose: stays closed after an answer that was lost",
    // The limit is shorter than the time for which the app stays closed, even when the gateway is paused for a part of it.
    // With fewer troubles, possibly none would meet a call.
    ["chaos/bad-day/main.ts", "--silence-ms", "10000", "--troubles", "16", "--control", "stays-closed"],
  ],
  ["broken on purpose: knows no lanes", ["chaos/controls/main.ts", "--kills", "10", "no-lanes"]],
]
/** Much longer than a step takes, also on a machine of half the speed: a step that hangs must not hang CI. */
const STEP_TIMEOUT_MS = 20 * 60_000
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024
/** Lines to keep of standard error, the progress: few, so that the findings are among the lines shown again at the end. */
const LINES_OF_PROGRESS = 20

{
  await using packed = await packCommand()
  console.log(packed.describe())
}
const cpu = new ChildrenCpu()
const [atWork, waiting] = [[...AT_WORK], [...WAITING]]
const failed: FailedStep[] = []
await Promise.all([...Array.from({ length: AT_ONCE }, () => runSome(atWork)), runSome(waiting)])
printFailed(failed)
process.exit(failed.length === 0 ? 0 : 1)

async function runSome(left: Step[]): Promise<void> {
  for (let step = left.shift(); step !== undefined; step = left.shift()) await run(...step)
}

/** Prints a step's output at its end, so that it stays together. */
function run(name: string, words: readonly string[]): Promise<void> {
  const startedAt = performance.now()
  const { promise, resolve } = Promise.withResolvers<void>()
  const options = { timeout: STEP_TIMEOUT_MS, maxBuffer: MOST_OUTPUT_BYTES }
  execFile(process.execPath, [...SOURCE, ...words], options, (error, stdout, stderr) => {
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    console.log(`\n== ${name}\n${stdout.trimEnd()}`)
    if (error !== null) {
      const ending = `it ended with ${error.signal ?? error.code}:`
      console.log(`${ending} ${stderr.trimEnd()}`)
      failed.push({ name, output: `${stdout.trimEnd()}\n${ending}\n${lastLines(stderr, LINES_OF_PROGRESS)}` })
    }
    console.log(`== ${name}: ${error === null ? "well" : "NOT WELL"} after ${seconds} s${cpu.describeLast()}`)
    resolve()
  })
  return promise
}
