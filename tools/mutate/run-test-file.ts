import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { endTree } from "../testing/end-tree.ts"

export interface TestRun {
  readonly outcome: "passed" | "failed" | "late"
  readonly tookMs: number
  /** The first test that failed, or other output. */
  readonly said: string
}

export interface TestRunOptions {
  /** The root of a tree. */
  readonly cwd: string
  readonly limitMs: number
  readonly env?: Readonly<Record<string, string>>
  /** Whether it runs to the end even if a test fails. */
  readonly toTheEnd?: boolean
}

/** Runs one test file, and ends it at the first test that fails, or when its time is up. */
export function runTestFile(file: string, { cwd, limitMs, env, toTheEnd = false }: TestRunOptions): Promise<TestRun> {
  const startedAt = performance.now()
  const flags = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source", "--test-reporter=tap"]
  // With this variable, the test file would write its results for the runner of this process.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const child = spawn(process.execPath, [...flags, file], {
    cwd,
    env: { ...inherited, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  running.add(child)
  const { promise, resolve } = Promise.withResolvers<TestRun>()
  let seen = ""
  let failure: string | undefined
  let isLate = false
  const end = (): void => {
    if (child.pid !== undefined) endTree(child.pid)
  }
  const timer = setTimeout(() => {
    isLate = true
    end()
  }, limitMs)
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen = (seen + text).slice(-MOST_KEPT)
    failure ??= /^ *not ok \d+ - (.*)$/m.exec(seen)?.[1]
    if (failure !== undefined && !toTheEnd) end()
  })
  let complaint = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, MOST_KEPT)
  })
  // A process that a test has left behind may keep the output open.
  child.on("exit", (code) => {
    running.delete(child)
    clearTimeout(timer)
    const outcome = failure === undefined && isLate ? "late" : failure === undefined && code === 0 ? "passed" : "failed"
    const said = failure ?? complaint.trim().split("\n").at(-1) ?? ""
    resolve({ outcome, tookMs: performance.now() - startedAt, said })
  })
  child.on("error", (error) => resolve({ outcome: "failed", tookMs: 0, said: error.message }))
  return promise
}

/** Ends the tests that still run, when the run is interrupted. */
export function endTests(): void {
  for (const { pid } of running) if (pid !== undefined) endTree(pid)
}

const running = new Set<ChildProcess>()
const MOST_KEPT = 20_000
