// Runs test files as `node --test` does, and ends and names those that do not end: npm test -- --help
import { globSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { pipeline } from "node:stream/promises"
import { run } from "node:test"
import { spec } from "node:test/reporters"
import { readOptions } from "./options.ts"
import { FileGuard } from "./testing/file-guard.ts"
import type { TestNews } from "./testing/file-guard.ts"
import { startForAllTests } from "./testing/for-all/start.ts"
import { isForWantOfProgram } from "./testing/programs.ts"
import { SLOW_FILES } from "./testing/slow-files.ts"

const EVERY_TEST = [
  "packages/*/src/**/*.test.ts",
  "packages/simulator/page/src/**/*.test.ts",
  "{deploy,examples,tools}/**/*.test.ts",
  "chaos/**/*.test.ts",
]
/** Of a single test. Far beyond what any takes on a busy machine. */
const TEST_TIMEOUT_SECONDS = 300
const SLOW_MS = 45_000

const { values, operands } = readOptions({
  command: "npm test",
  about: "Runs the tests of the whole repository, or of the files that are named.",
  operands: "FILE…",
  options: {
    "in-test": { kind: "count", default: TEST_TIMEOUT_SECONDS + 20, help: "most seconds of a file within one test" },
    "between-tests": { kind: "count", default: 120, help: "most seconds of a file between two tests" },
    "every-program": { kind: "flag", help: "fail when a test is left out for want of a program, as CI does" },
    output: { kind: "count", default: 20, help: "most seconds until the output of a file that has ended is closed" },
  },
})

// Hundreds of processes load the same files.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../node_modules/.cache/compiled")
const files = filesOf(operands.length > 0 ? operands : EVERY_TEST)
const forAllTests = await startForAllTests(files)
const guard = new FileGuard({
  inTestSeconds: values["in-test"],
  betweenTestsSeconds: values["between-tests"],
  outputSeconds: values.output,
})
const skipped: Event[] = []
/** Files whose process ended, without an error, before any test of theirs began: for the runner they have passed. */
const empty: string[] = []
process.exitCode = 1
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void giveUp(signal))

const tests = run({
  files,
  // More than there are cores: many files mostly wait for processes of theirs.
  concurrency: 3,
  timeout: TEST_TIMEOUT_SECONDS * 1000,
  execArgv: ["--conditions=wecom-push-source"],
  env: { ...process.env, ...forAllTests.env },
})
await pipeline(tests, watched, new spec(), process.stdout, { end: false })
guard[Symbol.dispose]()
await forAllTests[Symbol.asyncDispose]()
// What a test has left behind may hold a pipe to this process open.
process.exit()

interface Event {
  readonly type: string
  readonly data: TestNews & {
    readonly message?: string
    readonly file?: string
    readonly success?: boolean
    /** Why it was left out, where that is said. */
    readonly skip?: string | boolean
    readonly details?: { readonly error?: { cause?: unknown } }
  }
}

/** The slow ones first. */
function filesOf(patterns: readonly string[]): string[] {
  const found = patterns.map((pattern) => globSync(pattern, { exclude: ["**/node_modules/**"] }))
  const without = patterns.filter((_, index) => found[index]?.length === 0)
  if (without.length > 0) throw new Error(`no test file is called ${without.join(" or ")}`)
  const files = new Set(found.flat().toSorted())
  return [...SLOW_FILES.filter((file) => files.delete(file)), ...files]
}

/** What the runner tells, and above its summary what was left out and why, and which files were slow or ended. */
async function* watched(events: AsyncIterable<Event>): AsyncGenerator<Event> {
  for await (const event of events) {
    guard.hear(event.type, event.data)
    if (event.type === "test:fail") tellWhyEnded(event)
    if (event.data.skip !== undefined && event.type === "test:pass") skipped.push(event)
    if (event.type === "test:pass" && isFileItself(event)) empty.push(event.data.name ?? "")
    if (isStartOfSummary(event)) {
      for (const message of [...skippedTests(), ...slowFiles(), ...endedFiles(), ...emptyFiles()]) {
        yield { type: "test:diagnostic", data: { nesting: 0, message } }
      }
    }
    if (event.type === "test:summary" && event.data.file === undefined) {
      const isWell = event.data.success === true && guard.ended.size === 0 && empty.length === 0 && hasItsPrograms()
      process.exitCode = isWell ? 0 : 1
    }
    yield event
  }
}

/** Node itself says no more than that the file failed. */
function tellWhyEnded({ data: { name, details } }: Event): void {
  const why = guard.ended.get(resolve(name ?? ""))
  if (why !== undefined && details?.error !== undefined) details.error.cause = why
}

function isStartOfSummary({ type, data }: Event): boolean {
  return type === "test:diagnostic" && data.file === undefined && /^tests \d+$/.test(data.message ?? "")
}

/** One line for each reason, which is one for each program that is missing. */
function skippedTests(): readonly string[] {
  return [...Map.groupBy(skipped, whySkipped)].map(([reason, { length }]) => {
    const tests = `${length} test${length === 1 ? "" : "s"}`
    if (!isForWantOfProgram(reason)) return `skipped: ${tests}, for ${reason}`
    return `left out${values["every-program"] ? ", which --every-program does not allow" : ""}: ${tests}, ${reason}`
  })
}

function whySkipped({ data: { skip } }: Event): string {
  return typeof skip === "string" ? skip : "no reason given"
}

function hasItsPrograms(): boolean {
  return !values["every-program"] || !skipped.some((event) => isForWantOfProgram(whySkipped(event)))
}

function slowFiles(): readonly string[] {
  return [...guard.durations]
    .filter(([, ms]) => ms > SLOW_MS)
    .toSorted(([, one], [, other]) => other - one)
    .map(([file, ms]) => `slow: ${file} took ${Math.round(ms / 1000)} s`)
}

function endedFiles(): readonly string[] {
  return [...guard.ended.values()].map((why) => `ended by the runner: ${why}`)
}

function isFileItself({ data: { nesting, name, file } }: Event): boolean {
  return nesting === 0 && name !== undefined && file !== undefined && resolve(name) === resolve(file)
}

function emptyFiles(): readonly string[] {
  return empty.map((file) => `ran no test: ${relative(process.cwd(), resolve(file))}`)
}

async function giveUp(signal: NodeJS.Signals): Promise<void> {
  for (const file of guard.running) console.error(`${signal} while it ran: ${file}`)
  guard[Symbol.dispose]()
  await forAllTests[Symbol.asyncDispose]()
  process.exit(1)
}
