import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { after, suite, test } from "node:test"
import type { TestContext } from "node:test"
import { setTimeout } from "node:timers/promises"
import { askingForPrograms } from "./asking-for-programs.ts"
import { bareMachine } from "./bare-machine.ts"
import { isOfNpm, needs, PROGRAMS } from "./programs.ts"
import type { ProgramName } from "./programs.ts"

const RUNNER = join(import.meta.dirname, "../run-tests.ts")
/** Node starts sooner than that on a busy machine, too. */
const SOON = ["--in-test", "24", "--between-tests", "20", "--output", "3"]

test("what passes exits 0, with node's summary at the end", async (t) => {
  const { code, output } = await runTests(t, ["good"])
  assert.equal(code, 0, output)
  assert.match(output, /^ℹ tests 1\nℹ suites 0\nℹ pass 1\nℹ fail 0\n(?:ℹ .*\n){3}ℹ duration_ms [\d.]+\n$/m)
})

test("what fails exits 1", async (t) => {
  const { code, output } = await runTests(t, ["failing-properties", "good"])
  assert.equal(code, 1)
  assert.match(output, /^ℹ pass 1\nℹ fail 3$/m)
  assert.doesNotMatch(output, /ended by the runner/)
})

test("what was skipped is reported above the summary with its reason", async (t) => {
  const { code, output } = await runTests(t, ["skipped"])
  assert.equal(code, 0)
  assert.match(output, /^ℹ skipped: 2 tests, for this-tool is not installed \(Debian: .*\)\nℹ tests 2$/m)
})

const LEFT_OUT = ["needs-programs", "good"]

// proves 28.bare: programs that are missing
test("each missing program is reported in one line, with what installs it and how many tests were left out for it", async (t) => {
  using machine = bareMachine()
  const { code, output } = await runTests(t, LEFT_OUT, [], machine.env)
  assert.equal(code, 0, output)
  const told = output.split("\n").filter((line) => line.startsWith("ℹ left out: "))
  const names = (Object.keys(PROGRAMS) as ProgramName[]).filter((name) => !isOfNpm(name))
  const expected = names.map((name) => `ℹ left out: ${name === "haproxy" ? "2 tests" : "1 test"}, ${needs(name)}`)
  assert.deepEqual(told, expected)
  assert.ok(
    told.includes(
      "ℹ left out: 1 test, needs promtool (Debian: apt-get install prometheus; macOS: brew install prometheus)",
    ),
  )
})

suite("a machine without optional programs", { concurrency: 3 }, () => {
  const asking = askingForPrograms().filter(({ isTest }) => isTest)
  const files = Map.groupBy(asking, ({ file }) => file)
  let passed = 0
  // Not all in one test, which would take too long on a busy machine.
  for (const [file, programs] of files) {
    // proves 28.bare: programs that are missing
    test(`where no optional program is installed ${file} passes, and the run names each program that it uses in one line`, async (t) => {
      using machine = bareMachine()
      const { code, output } = await runTests(t, [file], ["--all"], machine.env)
      assert.equal(code, 0, output.slice(-5000))
      const told = output.split("\n").filter((line) => line.startsWith("ℹ left out: "))
      for (const { name } of programs) {
        assert.equal(told.filter((line) => line.endsWith(needs(name))).length, 1, `${name}: ${told.join("\n")}`)
      }
      passed += Number(/^ℹ pass (\d+)$/m.exec(output)?.[1])
    })
  }
  after(() => assert.ok(passed > files.size, `${passed} tests passed`))
})

// proves 28.bare: programs that are missing
test("with --every-program, as in CI, a program that is missing fails the run, and other reasons do not", async (t) => {
  using machine = bareMachine()
  const strict = await runTests(t, LEFT_OUT, ["--every-program"], machine.env)
  assert.equal(strict.code, 1)
  assert.match(strict.output, /^ℹ left out, which --every-program does not allow: 2 tests, needs haproxy \(.*\)$/m)
  const otherwise = await runTests(t, ["skipped", "good"], ["--every-program"], machine.env)
  assert.equal(otherwise.code, 0, otherwise.output)
})

// proves 10.4: tests that end
test("a file whose process ends before its first test is reported, and fails the run", async (t) => {
  const { code, output } = await runTests(t, ["ends-without-test", "good"])
  assert.match(output, /^ℹ ran no test: tools\/testing\/fixtures\/ends-without-test\.ts$/m)
  assert.equal(code, 1)
})

test("a file that is not there is no run without tests", async (t) => {
  const { code, output } = await runTests(t, ["good", "no-such"])
  assert.equal(code, 1)
  assert.doesNotMatch(output, /pass/)
})

suite("files that do not end", { concurrency: 5 }, () => {
  for (const { file, what, why } of [
    {
      file: "open-server",
      what: "keeps a server open",
      why: /was still running 20 s after its last test \("a test that leaves/,
    },
    { file: "endless-loop", what: "is stuck in a loop", why: /no word of any test for 20 s/ },
    { file: "waits-while-loading", what: "never gets to its first test", why: /no word of any test for 20 s/ },
  ]) {
    // proves 10.4: tests that end
    test(`a file that ${what} is ended and named, and the others run`, async (t) => {
      const { code, output } = await runTests(t, [file, "good"], SOON)
      assert.equal(code, 1)
      assert.match(output, /^✔ a test that passes/m)
      const said = new RegExp(`tools/testing/fixtures/${file}\\.ts: .*${why.source}`)
      assert.match(
        output.slice(0, output.indexOf("ℹ tests")),
        new RegExp(`^ℹ ended by the runner: .*${said.source}`, "m"),
      )
      assert.match(output.slice(output.indexOf("failing tests:")), said)
    })
  }

  // proves 10.4: tests that end
  test("with a file that is ended ends what it has started", async (t) => {
    const { code, output } = await runTests(t, ["hangs-with-child"], SOON)
    assert.equal(code, 1)
    assert.match(output, /nothing new for 24 s in "a test that waits for a process without end"/)
    assert.ok(await ends(pidIn(output)))
  })

  test("a process that is left behind with the output of its file keeps no one waiting, and its file is named", async (t) => {
    const { code, output } = await runTests(t, ["leaves-child"], SOON)
    process.kill(pidIn(output))
    assert.equal(code, 1)
    assert.match(output, /leaves-child\.ts: a process it has started and left behind holds its output/)
  })
})

suite("files that share a process", { concurrency: 3 }, () => {
  // proves 28.six: files that share a process
  test("each has its own hooks", async (t) => {
    const { code, output } = await runTests(t, ["shares-process", "shares-process-too"])
    assert.equal(code, 0, output)
    const [, pid] = /^shares-process: 2 tests in process (\d+)$/m.exec(output) ?? []
    assert.match(output, new RegExp(`^shares-process-too: 1 tests in process ${pid}$`, "m"))
  })

  test("with --alone they share none", async (t) => {
    const { output } = await runTests(t, ["shares-process", "shares-process-too"], ["--alone"])
    const [, pid] = /^shares-process: 2 tests in process (\d+)$/m.exec(output) ?? []
    assert.match(output, new RegExp(`^shares-process-too: 1 tests in process (?!${pid}$)`, "m"))
  })

  // proves 28.six: files that share a process
  test("a test that fails names its file, and the others run", async (t) => {
    const { code, output } = await runTests(t, ["failing-before", "good"])
    assert.equal(code, 1)
    assert.match(output, /^✖ a test that needs both/m)
    assert.match(output, /^✔ a test that passes/m)
    assert.match(
      output.slice(output.indexOf("failing tests:")),
      /^test at tools\/testing\/fixtures\/failing-before\.ts:/m,
    )
  })

  // proves 28.six: files that share a process
  test("those after one that is ended run too, and those before it are not run again", async (t) => {
    const { code, output } = await runTests(t, ["good", "open-server", "shares-process"], SOON)
    assert.equal(code, 1)
    assert.match(output, /^ℹ ended by the runner: tools\/testing\/fixtures\/open-server\.ts: /m)
    assert.match(output, /^✔ another one with it/m)
    assert.equal(output.match(/^✔ a test that passes/gm)?.length, 1)
  })

  // proves 28.six: files that share a process
  test("those after one that ends the process run too, and it has failed", async (t) => {
    const { code, output } = await runTests(t, ["ends-process", "good"])
    assert.equal(code, 1)
    assert.match(output, /^✔ a test that passes/m)
    assert.match(output, /ends-process\.ts .*\n +its process ended with exit code 0, before the file had$/m)
  })

  // proves 28.six: files that share a process
  test("one that leaves the process changed has failed, and what it has changed is named", async (t) => {
    const { code, output } = await runTests(t, ["good", "leaves-environment"])
    assert.equal(code, 1)
    assert.match(output, /leaves-environment\.ts .*\n +it leaves process\.env\.LEFT_BEHIND changed/)
  })

  // proves 28.six: files that share a process
  test("one whose promise is rejected after its tests has failed", async (t) => {
    const { code, output } = await runTests(t, ["good", "rejects-late", "shares-process"])
    assert.equal(code, 1)
    assert.match(output, /rejects-late\.ts has failed\n.*"Error: too late"/)
    assert.match(output, /^✔ another one with it/m)
  })
})

test("one in which an error is thrown that no test catches has failed, and the others run", async (t) => {
  const { code, output } = await runTests(t, ["good", "throws-outside", "shares-process"])
  assert.equal(code, 1)
  assert.match(output, /throws-outside\.ts has failed\n.*"Error: outside of any promise"/)
  assert.match(output, /^✔ another one with it/m)
})

suite("with --again", () => {
  for (const { failsAt, code, told } of [
    {
      failsAt: "1",
      code: 0,
      told: /^ℹ UNSTEADY: .*fails-at-times\.ts has failed beside others, and passed 3 times by /,
    },
    { failsAt: "1,2", code: 1, told: /^ℹ failed again: .*fails-at-times\.ts, after it had passed 0 times by itself$/ },
    { failsAt: "1,4", code: 1, told: /^ℹ failed again: .*fails-at-times\.ts, after it had passed 2 times by itself$/ },
  ]) {
    test(`a file that fails the times ${failsAt} of four ends with exit code ${code}, and is named`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "run-tests-"))
      t.after(() => rmSync(folder, { recursive: true }))
      const env = { ...process.env, RUNS: join(folder, "run-"), FAILS_AT: failsAt }
      const ran = await runTests(t, ["good", "fails-at-times"], ["--again", "3"], env)
      assert.equal(ran.code, code, ran.output)
      assert.match(ran.output, new RegExp(told, "m"))
      // It counts as failed, and is shown with its reason.
      assert.match(ran.output, /^ℹ fail 1$[^]*failing tests:[^]*it fails the time 1$/m)
    })
  }

  test("a file that once did not end runs again too, and is named with why it was ended", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "run-tests-"))
    t.after(() => rmSync(folder, { recursive: true }))
    const env = { ...process.env, RUNS: join(folder, "run-"), HANGS_AT: "1" }
    const { code, output } = await runTests(t, ["fails-at-times", "good"], ["--again", "2", ...SOON], env)
    assert.equal(code, 0, output)
    assert.match(output, /^ℹ UNSTEADY: .*fails-at-times\.ts has failed beside others, and passed 2 times by /m)
    assert.match(output, /^ℹ ended by the runner: .*fails-at-times\.ts: it was still running 20 s after its last test/m)
  })

  test("more than three that fail are no accident, nor is one that ends its process: they do not run again", async (t) => {
    const many = await runTests(
      t,
      ["failing-properties", "failing-before", "rejects-late", "throws-outside"],
      ["--again", "1"],
    )
    const ends = await runTests(t, ["ends-process"], ["--again", "1"])
    for (const { code, output } of [many, ends]) {
      assert.equal(code, 1)
      assert.doesNotMatch(output, /failed again|UNSTEADY/)
    }
  })

  test("one that fails whenever others are in its process has failed", async (t) => {
    const { code, output } = await runTests(t, ["good", "leaves-environment"], ["--again", "1"])
    assert.equal(code, 1)
    assert.match(output, /^ℹ failed again: .*leaves-environment\.ts/m)
  })
})

// proves 28.fast: progress, and fewer tests
test("with --fast files are left out that took over 20 s when they ran last, and named", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "run-tests-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const times = join(folder, "times.json")
  const [good, slow] = ["good", "skipped"].map((name) => `tools/testing/fixtures/${name}.ts`)
  writeFileSync(
    times,
    JSON.stringify({ [`${good}`]: { wallMs: 20_000, cpuMs: 1 }, [`${slow}`]: { wallMs: 20_600, cpuMs: 1 } }),
  )
  const { code, output } = await runTests(t, ["good", "skipped"], ["--times", times, "--fast"])
  assert.equal(code, 0)
  assert.match(
    output,
    /^ℹ left out: tools\/testing\/fixtures\/skipped\.ts, which took 21 s when it ran last\nℹ tests 1$/m,
  )
  const { [`${good}`]: again } = JSON.parse(readFileSync(times, "utf8")) as Record<string, { readonly wallMs: number }>
  assert.ok(again !== undefined && again.wallMs < 20_000)
})

// proves 10.4: tests that end
test("a setup that fails half-way gives back what it has started: the file ends by itself, and says why", async (t) => {
  const { code, output } = await runTests(t, ["failing-before"])
  assert.equal(code, 1)
  assert.match(output, /what comes second cannot be started/)
  assert.doesNotMatch(output, /ended by the runner/)
})

test("a runner that is stopped names what runs, prints what that has printed, and leaves nothing of it running", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "run-tests-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const isRunning = join(folder, "running")
  const fixtures = ["failing-before", "hangs-with-child"]
  const runner = startTests(t, fixtures, ["--alone", "--parallel", "2"], { ...process.env, TELL_RUNNING: isRunning })
  const errors = text(runner.stderr)
  let output = ""
  runner.stdout.setEncoding("utf8").on("data", (printed: string) => (output += printed))
  while (!existsSync(isRunning) || !output.includes("a test that needs both")) await setTimeout(50)
  runner.kill("SIGTERM")
  const [code] = (await once(runner, "exit")) as [number | null]
  assert.equal(code, 1)
  assert.match(await errors, /SIGTERM while it ran: .*hangs-with-child\.ts: /)
  assert.match(output, /ended by SIGTERM[^]*fail 1[^]*failing tests[^]*what comes second/, "what has failed until then")
  assert.ok(await ends(pidIn(await errors)))
})

async function runTests(
  t: TestContext,
  fixtures: readonly string[],
  options: readonly string[] = [],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const runner = startTests(t, fixtures, options, environment)
  const output = await text(runner.stdout)
  if (runner.exitCode === null) await once(runner, "exit")
  return { code: runner.exitCode, output }
}

/** Times of their own, so that other runs do not use the times of these files. */
const TIMES = ["--times", join(mkdtempSync(join(tmpdir(), "run-tests-")), "times.json")]
after(() => rmSync(dirname(TIMES[1] ?? ""), { recursive: true }))

function startTests(
  t: TestContext,
  fixtures: readonly string[],
  options: readonly string[] = [],
  environment: NodeJS.ProcessEnv = process.env,
) {
  // With the first variable node's runner would run nothing; the others are for other tests.
  const { NODE_TEST_CONTEXT: _, FC_SEED: _seed, FC_PATH: _path, ...env } = environment
  const files = fixtures.map((name) => (name.endsWith(".test.ts") ? name : `tools/testing/fixtures/${name}.ts`))
  const runner = spawn(process.execPath, [RUNNER, ...TIMES, ...options, ...files], {
    cwd: join(import.meta.dirname, "../.."),
    env,
    stdio: ["ignore", "pipe", "pipe"],
  })
  t.after(() => runner.kill())
  return runner
}

/** The process id that a fixture has printed. */
function pidIn(output: string): number {
  return Number(/^(?:waiting for|left behind): (\d+)$/m.exec(output)?.[1])
}

/** Whether the process ends within a limit: a killed process exists until the system has removed it. */
async function ends(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (!isAlive(pid)) return true
    await setTimeout(100)
  }
  return false
}

/** For `kill`, a process that has ended is alive until its parent collects it, which may never happen. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}
