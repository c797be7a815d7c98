import { relative, resolve } from "node:path"
import { inspect } from "node:util"
import { isForWantOfProgram } from "../programs.ts"
import type { Counts, TestEvent } from "./events.ts"
import type { FileRun } from "./test-process.ts"

const COUNTED = {
  tests: "tests",
  suites: "suites",
  passed: "pass",
  failed: "fail",
  cancelled: "cancelled",
  skipped: "skipped",
  todo: "todo",
} as const
/** Lines that node prints at the end of a file; they are printed once for the whole run instead. */
const SUMMARY = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/

export interface FailedFile {
  readonly file: string
  /** All files of its process. */
  readonly together: readonly string[]
  /** Whether its process ended before the file, and not by the runner. */
  readonly hasCrashed: boolean
}

/** The results of the files of a run, which are also passed to a reporter of node. */
export class Results {
  readonly ended: string[] = []
  readonly empty: string[] = []
  readonly #report: (event: TestEvent) => void
  readonly #needsPrograms: boolean
  readonly #counts: { -readonly [Name in keyof Counts]: number } = {
    tests: 0,
    suites: 0,
    passed: 0,
    failed: 0,
    cancelled: 0,
    skipped: 0,
    todo: 0,
  }
  readonly #skips: string[] = []
  readonly #failed: FailedFile[] = []
  readonly #unsteady = new Set<string>()

  /** @param needsPrograms whether the run fails when a test was left out because a program is missing */
  constructor(report: (event: TestEvent) => void, needsPrograms: boolean) {
    this.#report = report
    this.#needsPrograms = needsPrograms
  }

  /** @param together the files of the process, this one among them */
  add(run: FileRun, together: readonly string[]): void {
    const events = whole(run.events)
    for (const event of events) {
      if (event.type !== "test:diagnostic" || !SUMMARY.test(event.data.message ?? "")) this.#report(event)
      if (event.type === "test:pass" && event.data.skip !== undefined) this.#skips.push(reasonOf(event.data.skip))
    }
    for (const name of Object.keys(COUNTED) as (keyof Counts)[]) this.#counts[name] += countOf(run, events, name)
    const isEmpty = !events.some((event) => isResult(event) && !isFileItself(event, run.file))
    const hasFailed = events.some(({ type }) => type === "test:fail")
    if (isEmpty && !hasFailed && run.ended === undefined) this.empty.push(run.file)
    if (run.ended !== undefined) this.ended.push(run.ended)
    const why = whyFailed(run, together, hasFailed)
    if (why !== undefined) this.#fail(run, why)
    if (hasFailed || why !== undefined) {
      this.#failed.push({ file: run.file, together, hasCrashed: run.exit !== undefined })
    }
  }

  /** The failed files, in the order in which they failed. */
  get failed(): readonly FailedFile[] {
    return this.#failed
  }

  /** Notes a file that failed beside others and passes alone: it is named, but does not make the run fail. */
  noteUnsteady(file: string): void {
    this.#unsteady.add(file)
  }

  /** Whether the run has passed; decides the exit code. */
  get isGood(): boolean {
    if (this.empty.length > 0 || !this.#failed.every(({ file }) => this.#unsteady.has(file))) return false
    return !(this.#needsPrograms && this.#skips.some(isForWantOfProgram))
  }

  /** @param notes further lines above the counts */
  finish(notes: readonly string[], durationMs: number): void {
    const told = [
      ...this.#skipped(),
      ...notes,
      ...this.ended.map((why) => `ended by the runner: ${why}`),
      ...this.empty.map((file) => `ran no test: ${file}`),
      ...Object.entries(COUNTED).map(([name, word]) => `${word} ${this.#counts[name as keyof Counts]}`),
      `duration_ms ${durationMs}`,
    ]
    for (const message of told) this.#report({ type: "test:diagnostic", data: { nesting: 0, message } })
    this.#report({ type: "test:summary", data: {} })
  }

  /** One line for each reason, and so one for each missing program. */
  #skipped(): readonly string[] {
    return [...Map.groupBy(this.#skips, (reason) => reason)].map(([reason, { length }]) => {
      const tests = `${length} test${length === 1 ? "" : "s"}`
      if (!isForWantOfProgram(reason)) return `skipped: ${tests}, for ${reason}`
      return `left out${this.#needsPrograms ? ", which --every-program does not allow" : ""}: ${tests}, ${reason}`
    })
  }

  #fail({ file, wallMs }: FileRun, why: string): void {
    this.#counts.tests += 1
    this.#counts.failed += 1
    const error = {
      code: "ERR_TEST_FAILURE",
      failureType: "testCodeFailure",
      cause: { [inspect.custom]: () => why },
    } as const
    const details = { duration_ms: wallMs, type: "test", error }
    const where = { file: resolve(file), line: 1, column: 1 }
    this.#report({ type: "test:start", data: { name: file, nesting: 0, ...where } })
    this.#report({ type: "test:fail", data: { name: file, nesting: 0, ...where, details } })
  }
}

/** The reason why the file itself has failed, apart from its tests. */
function whyFailed(
  { file, events, end, ended, exit }: FileRun,
  together: readonly string[],
  hasFailed: boolean,
): string | undefined {
  if (end === undefined) return ended ?? exit
  if (!end.success && !hasFailed) {
    const said = events.filter(({ type }) => type === "test:diagnostic").map(({ data: { message = "" } }) => message)
    return [`${file} has failed`, ...said.filter((message) => !SUMMARY.test(message))].join("\n")
  }
  if (end.success && end.changed.includes("process.exitCode")) return "it leaves process.exitCode set"
  if (together.length === 1 || end.changed.length === 0) return undefined
  return `it leaves ${end.changed.join(", ")} changed, and other files run in the same process (tools/testing/runner/alone.ts)`
}

/** The events without `test:start` of tests that have not ended, because a process may end at any time. */
function whole(events: readonly TestEvent[]): readonly TestEvent[] {
  const open: TestEvent[] = []
  for (const event of events) {
    if (event.type === "test:start") open.push(event)
    else if (isResult(event)) open.pop()
  }
  const without = new Set(open)
  return events.filter((event) => !without.has(event)).map(shown)
}

/** The event with its error as the other process inspected it. */
function shown(event: TestEvent): TestEvent {
  const { details } = event.data
  if (details?.error === undefined) return event
  const { cause } = details.error
  const error = { ...details.error, cause: { [inspect.custom]: () => cause } }
  return { ...event, data: { ...event.data, details: { ...details, error } } }
}

function countOf({ end }: FileRun, events: readonly TestEvent[], name: keyof Counts): number {
  if (end !== undefined) return end.counts[name]
  const type = { tests: /^test:(?:pass|fail)$/, passed: /^test:pass$/, failed: /^test:fail$/ }[name as "tests"]
  if (type === undefined) return 0
  return events.filter((event) => type.test(event.type) && event.data.details?.type !== "suite").length
}

function isResult({ type }: TestEvent): boolean {
  return type === "test:pass" || type === "test:fail"
}

function isFileItself({ data: { nesting, name = "" } }: TestEvent, file: string): boolean {
  return nesting === 0 && relative(resolve(file), resolve(name)) === ""
}

function reasonOf(skip: string | boolean): string {
  return typeof skip === "string" && skip !== "" ? skip : "no reason given"
}
