// Runs test files one after another, each as `node --test` runs a single file: with its own hooks, and the next file begins
// when nothing of this one is open any more. Writes events to a file descriptor: process.ts ORDERS FILE…
import asyncHooks from "node:async_hooks"
import { writeSync } from "node:fs"
import type { run as Run } from "node:test"
import { inspect } from "node:util"
import { childrenCpuMs } from "../children-cpu.ts"
import { EVENTS_FD } from "./events.ts"
import type { Counts, Orders, ProcessEvent, TestEvent } from "./events.ts"
import { changesOf, stateOfProcess } from "./process-state.ts"

const [, , orders = "", ...files] = process.argv
const { timeoutMs, colors } = JSON.parse(orders) as Orders
const NONE: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 }

// Node ends the tests of a file when nothing is open any more, but that would end the process too.
let hasEnded = false
let turnsLeft = 0
process.on("beforeExit", () => {
  if (hasEnded || turnsLeft === 0) return
  turnsLeft -= 1
  setImmediate(() => {})
})
void runAll()

async function runAll(): Promise<void> {
  const run = await loadRun()
  for (const file of files) await runFile(run, file)
  hasEnded = true
}

/**
 * Node's runner tracks each promise of the process, to find the test of an error that no test catches. This takes a tenth of
 * the processor time, so it is left out here: such an error fails the file, and `node --test` on that file finds the test.
 */
async function loadRun(): Promise<typeof Run> {
  const { createHook } = asyncHooks
  const idle: asyncHooks.AsyncHook = { enable: () => idle, disable: () => idle }
  Reflect.set(asyncHooks, "createHook", () => idle)
  const { run } = await import("node:test")
  Reflect.set(asyncHooks, "createHook", createHook)
  return run
}

async function runFile(run: typeof Run, file: string): Promise<void> {
  tell({ type: "file:start", file })
  process.argv = [process.execPath, file]
  const before = stateOfProcess()
  const cpuBefore = cpuMs()
  let [counts, success] = [NONE, false]
  turnsLeft = 100
  for await (const event of run({ files: [file], isolation: "none", timeout: timeoutMs }) as AsyncIterable<TestEvent>) {
    if (event.type === "test:summary") [{ counts, success }] = [event.data as { counts: Counts; success: boolean }]
    else tell(toTell(event))
  }
  const changed = changesOf(before)
  process.exitCode = undefined
  tell({ type: "file:end", file, counts, success, cpuMs: cpuMs() - cpuBefore, changed })
}

function toTell({ type, data }: TestEvent): TestEvent {
  const { details } = data
  const error = details?.error
  if (error === undefined) return { type, data }
  const { failureType, code } = error
  const cause = inspect(code === "ERR_TEST_FAILURE" ? error.cause : error, { colors, breakLength: Infinity })
  return { type, data: { ...data, details: { ...details, error: { code: "ERR_TEST_FAILURE", failureType, cause } } } }
}

/** Writes synchronously, because the process may end at any time. */
function tell(event: ProcessEvent): void {
  const line = Buffer.from(`${JSON.stringify(event)}\n`)
  for (let written = 0; written < line.length;) written += writeSync(EVENTS_FD, line, written)
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return Math.round((user + system) / 1000) + (childrenCpuMs() ?? 0)
}
