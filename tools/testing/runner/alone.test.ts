import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { ALSO_ALONE, whyAlone } from "./alone.ts"

const ROOT = join(import.meta.dirname, "../../..")

for (const [source, why] of [
  ['process.env["TMPDIR"] = folder', "it changes the environment"],
  ["delete process.env.TMPDIR", "it changes the environment"],
  ['process.env["CACHE"] ??= folder', "it changes the environment"],
  ["process.chdir(folder)", "it changes the process"],
  ["process.exitCode = 3", "it changes the process"],
  ["process.exit()", "it changes the process"],
  ['import { exit } from "node:process"', "it changes the process"],
  ['process.once("worker", note)', "it listens to the process"],
  ['import { nextUnhandledRejection } from "../../tools/testing/unhandled-rejection.ts"', "it listens to the process"],
  ["t.mock.timers.enable()", "it changes globals"],
  ['t.mock.method(globalThis, "fetch", other)', "it changes globals"],
  ['mock.module("node:fs", {})', "it changes globals"],
  ['import { spawn } from "node:child_process"', "it starts processes or threads"],
  ['import { Worker } from "node:worker_threads"', "it starts processes or threads"],
  ['import { createHook } from "node:async_hooks"', "it listens to what all of a process say"],
  ["const before = process.memoryUsage.rss()", "it measures"],
  ['import { takesLinearTime } from "../../tools/testing/linear-time.ts"', "it measures"],
] as const) {
  test(`a test file with ${source} has a process to itself`, () => {
    assert.equal(whyAlone(source, "some.test.ts"), why)
  })
}

for (const source of [
  'const { PATH } = process.env; if (process.env["PATH"] === "") skip()',
  't.mock.method(store, "read", failing)',
  'import { subscribe, unsubscribe } from "node:diagnostics_channel"',
  "assert.ok(performance.now() - startedAt < 60_000)",
  "await setTimeout(10); assert.equal(Date.now(), now)",
]) {
  test(`a test file with ${source} shares one`, () => {
    assert.equal(whyAlone(source, "some.test.ts"), undefined)
  })
}

test("the files that are named are there, and the rule does not name them anyway", () => {
  const missing = Object.keys(ALSO_ALONE).filter((file) => !existsSync(join(ROOT, file)))
  assert.deepEqual(missing, [])
})
