// Runs test files as `node --test` does, several in a process. Files that do not end are ended and named: npm test -- --help
import { globSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { dirname, join, relative } from "node:path"
import { spec } from "node:test/reporters"
import { readOptions } from "./options.ts"
import { startForAllTests } from "./testing/for-all/start.ts"
import { pathOf } from "./testing/programs.ts"
import { runAgain } from "./testing/runner/again.ts"
import { whyAlone } from "./testing/runner/alone.ts"
import { Idleness } from "./testing/runner/idleness.ts"
import { LONG_FILES } from "./testing/runner/long-files.ts"
import { Progress } from "./testing/runner/progress.ts"
import { Results } from "./testing/runner/results.ts"
import { TestProcess } from "./testing/runner/test-process.ts"
import type { FileRun } from "./testing/runner/test-process.ts"
import { TestTimes } from "./testing/runner/test-times.ts"
import { unitsOf } from "./testing/runner/units.ts"
import type { Unit } from "./testing/runner/units.ts"
import { Workers } from "./testing/runner/workers.ts"

const EVERY_TEST = [
  "packages/*/src/**/*.test.ts",
  "packages/simulator/page/src/**/*.test.ts",
  "{clients,deploy,tools}/**/*.test.ts",
  // The other examples need a test runner with a lock of its own: tools/run-examples.ts.
  "examples/*.test.ts",
  "examples/node-test/*.test.ts",
  "chaos/**/*.test.ts",
]
/** The limit of a single test: much more than any test takes on a busy machine. */
const TEST_TIMEOUT_SECONDS = 300
const SLOW_SECONDS = 20
/** The expected times of files that have not run yet. */
const LONG_MS = 60_000
const ALONE_MS = 5000
const SHARED_MS = 500
/** When this share of the processors' time is idle, one more process is started. */
const IDLE_SHARE = 0.3

const { values, operands } = readOptions({
  command: "npm test",
  about:
    "Runs the tests of the whole repository, but for those that take long (--long), or of the files that are named.",
  operands: "FILE…",
  options: {
    fast: { kind: "flag", help: `leaves out files that took over ${SLOW_SECONDS} s when they ran last` },
    long: { kind: "flag", help: "the files that take long, and no others" },
    all: { kind: "flag", help: "those that take long too" },
    alone: { kind: "flag", help: "each file in a process of its own" },
    seed: { kind: "count", help: "files that share a process are put together otherwise, in another order" },
    parallel: { kind: "count", default: 3, help: "processes at a time, however busy the machine is" },
    "most-parallel": {
      kind: "count",
      default: Math.min(12, 3 * availableParallelism()),
      help: "processes at a time while the machine is idle: some tests wait most of their time",
    },
    times: { kind: "text", default: "node_modules/.cache/test-times.json", help: "what each file took last" },
    "in-test": { kind: "count", default: TEST_TIMEOUT_SECONDS + 20, help: "most seconds of a file within one test" },
    "between-tests": { kind: "count", default: 120, help: "most seconds of a file between two tests" },
    postgres: {
      kind: "text",
      oneOf: ["npm", "installed"],
      default: "npm",
      help: "whose programs the tests' servers are: npm's, or those of the system, such as Debian's",
    },
    "every-program": { kind: "flag", help: "fail when a test is left out for want of a program, as CI does" },
    again: {
      kind: "count",
      default: 0,
      mayBeZero: true,
      help: "at the end, how often at most three files that failed run again by themselves, to pass each time",
    },
    output: { kind: "count", default: 20, help: "most seconds until the output of a file that has ended is closed" },
  },
})

// The processes share compiled code, because many of them load the same files.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../node_modules/.cache/compiled")
if (values.postgres === "installed") process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] = dirname(pathOf("postgresql"))
process.exitCode = 1
const startedAt = performance.now()
const times = new TestTimes(values.times)
const running = new Set<TestProcess>()
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void giveUp(signal))

const { files, leftOut } = choose()
await using forAllTests = await startForAllTests(files)
const units = [...unitsOf(files, { isAlone, ms: expectedMs, seed: values.seed })]
const progress = process.stdout.isTTY
  ? new Progress(process.stdout, {
      files: new Map(files.map((file) => [file, lastMs(file)])),
      processes: values.parallel,
    })
  : undefined
const reporter = new spec()
reporter.on("data", (text: Buffer) => {
  if (progress === undefined) process.stdout.write(text)
  else progress.print(text.toString())
})
const results = new Results((event) => void reporter.write(event), values["every-program"])
const workers = new Workers({
  least: values.parallel,
  most: values["most-parallel"],
  next: () => units.shift(),
  run: async (unit: Unit) => {
    // The files after one that was ended run next.
    units.unshift(...(await runUnit(unit, (ended) => take(ended, unit))).map((file) => [file]))
  },
})
const idleness = new Idleness()
const ticks = setInterval(() => {
  progress?.show()
  if (idleness.look() > IDLE_SHARE) workers.addOne()
}, 1000)
await workers.run()
clearInterval(ticks)
progress?.clear()
const again = await runAgain(results, { times: values.again, run: runUnit })
results.finish([...leftOut, ...slowFiles(), ...again], performance.now() - startedAt)
times.write()
process.exitCode = results.isGood ? 0 : 1
await forAllTests[Symbol.asyncDispose]()
// A process that a test has left behind may keep a pipe to this process open.
process.exit()

/** The files that run, and a line for each group that does not. */
function choose(): { readonly files: readonly string[]; readonly leftOut: readonly string[] } {
  const isWhole = operands.length === 0 && !values.long && !values.all
  const wanted = values.long ? LONG_FILES : filesOf(operands.length === 0 ? EVERY_TEST : operands)
  const chosen = isWhole ? wanted.filter((file) => !LONG_FILES.includes(file)) : wanted
  const slow = values.fast ? chosen.filter((file) => (lastMs(file) ?? 0) > SLOW_SECONDS * 1000) : []
  return {
    files: chosen.filter((file) => !slow.includes(file)),
    leftOut: [
      ...(isWhole ? [`left out: ${LONG_FILES.length} files that take long (npm run test:long)`] : []),
      ...slow.map((file) => `left out: ${file}, which took ${inSeconds(lastMs(file) ?? 0)} when it ran last`),
    ],
  }
}

function filesOf(patterns: readonly string[]): readonly string[] {
  const found = patterns.map((pattern) => globSync(pattern, { exclude: ["**/node_modules/**"] }))
  const without = patterns.filter((_, index) => found[index]?.length === 0)
  if (without.length > 0) throw new Error(`no test file is called ${without.join(" or ")}`)
  return [...new Set(found.flat().map((file) => relative(process.cwd(), file)))].toSorted()
}

function isAlone(file: string): boolean {
  return values.alone || whyAlone(readFileSync(file, "utf8"), file) !== undefined
}

function lastMs(file: string): number | undefined {
  return times.of(file)?.wallMs
}

/** The time of the last run. For a file that has not run yet, a guess: files with a process of their own start others. */
function expectedMs(file: string): number {
  return lastMs(file) ?? (LONG_FILES.includes(file) ? LONG_MS : isAlone(file) ? ALONE_MS : SHARED_MS)
}

/** @returns the files that its process has not begun */
async function runUnit(unit: Unit, ended: (run: FileRun) => void): Promise<readonly string[]> {
  using child = new TestProcess(unit, {
    patience: {
      inTestSeconds: values["in-test"],
      betweenTestsSeconds: values["between-tests"],
      outputSeconds: values.output,
    },
    orders: { timeoutMs: TEST_TIMEOUT_SECONDS * 1000, colors: process.stdout.isTTY && process.stdout.hasColors() },
    env: { ...process.env, ...forAllTests.env },
    started: (file) => progress?.started(file),
    ended,
  })
  running.add(child)
  const left = await child.whenEnded()
  running.delete(child)
  return left
}

function take(run: FileRun, unit: Unit): void {
  progress?.ended(run.file)
  results.add(run, unit)
  if (run.end !== undefined) times.note(run.file, { wallMs: run.wallMs, cpuMs: run.end.cpuMs })
}

function slowFiles(): readonly string[] {
  return times
    .notedOver(SLOW_SECONDS * 1000)
    .map(([file, { wallMs, cpuMs }]) => `slow: ${file} took ${inSeconds(wallMs)}, ${inSeconds(cpuMs)} of processors`)
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

async function giveUp(signal: NodeJS.Signals): Promise<void> {
  for (const child of running) {
    console.error(`${signal} while it ran: ${child.describe()}\n${child.printed}`)
    child[Symbol.dispose]()
  }
  running.clear()
  // Includes the failures so far.
  results.finish([`ended by ${signal}`], performance.now() - startedAt)
  await forAllTests[Symbol.asyncDispose]()
  process.exit(1)
}
