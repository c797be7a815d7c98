// What CI asks of the gateway's reliability beyond the tests (the judge, the tools, and a kill at each point are among
// those), in some five minutes on two cores. npm run chaos:ci
import { execFile } from "node:child_process"
import { lastLines, printFailed } from "../tools/last-lines.ts"
import type { FailedStep } from "../tools/last-lines.ts"
import { packCommand } from "../tools/packed-command.ts"
import { ChildrenCpu } from "../tools/testing/children-cpu.ts"

const SOURCE = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
/** A dead node's work is taken over in 2 s on a machine that has time for it, and here others work beside. */
const TWO_NODES = ["--nodes", "2", "--database-restarts", "3", "--rolling-restarts", "3", "--takeover-ms", "8000"]
/** While one gateway is down the other answers: half of the usual clients keep both at work, for less processor time. */
const NODES = [...TWO_NODES, "--clients", "4"]
/** 20 s on a machine that has time for it. */
const BAD_DAY = ["chaos/bad-day/main.ts", "--silence-ms", "30000"]
type Step = readonly [name: string, words: readonly string[]]

/**
 * The longest first. Of the gateways that are broken on purpose those that are found out soonest: each kill of one that accepts
 * before it stores shows lost messages, and ten kills of one without lanes show messages out of order. The duplicates of the
 * others are also shown by the tests of the judge and of the broken stores; all of them: npm run chaos:controls
 */
const AT_WORK: readonly Step[] = [
  ["two gateways on one database", ["chaos/main.ts", ...NODES, "--kills", "25", "--kills-per-phase", "0"]],
  ["power cuts", ["chaos/power-loss/main.ts", "--states", "500", "--controls"]],
  ["a bad day of two gateways on one database", [...BAD_DAY, "--nodes", "2", "--troubles", "60"]],
  ["random kills", ["chaos/main.ts", "--kills", "50"]],
  ["WeCom at its worst", ["chaos/main.ts", "--kills", "15", "--variant", "worst", "--kills-per-phase", "0"]],
  ["broken on purpose: accepts before it stores", ["chaos/controls/main.ts", "--kills", "10", "acknowledge-early"]],
]
/** As many as there are cores: with more of them requests ended, now and then, without a connection to the database. */
const AT_ONCE = 2
/** One at a time beside those at work: days of one gateway on a file, and lanes without order, wait for most of their time. */
const WAITING: readonly Step[] = [
  ["a bad day", [...BAD_DAY, "--troubles", "40"]],
  [
    "broken on purpose: stays closed after an answer that was lost",
    // The limit is shorter than the time for which it stays closed, even where the gateway is paused for a part of that. Of few
    // troubles none may have met a call.
    ["chaos/bad-day/main.ts", "--silence-ms", "10000", "--troubles", "16", "--control", "stays-closed"],
  ],
  ["broken on purpose: knows no lanes", ["chaos/controls/main.ts", "--kills", "10", "no-lanes"]],
]
/** Far beyond what a step takes, on a machine of half the speed too: one that hangs must not hang CI. */
const STEP_TIMEOUT_MS = 20 * 60_000
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024
/** Of standard error, which tells how far it was: so that its findings are among the lines that are shown once more. */
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

/** Its output is printed at its end, so that it stays together. */
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
