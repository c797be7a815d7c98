import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { getPriority, tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import type { TestContext } from "node:test"

/** `nice` without words prints the priority it runs at. */
const hasNoNice = process.platform === "win32" ? "Windows has no nice" : false
const RUNNER = join(import.meta.dirname, "run-steps.ts")

test("scripts of one argument run in their order, those of another beside them; the output of each stays together", (t) => {
  const { status, stdout } = run(t, ["one,two", "three,four"], {
    // Each step waits for the other, so both end only if they run at the same time.
    one: "until [ -e begun ]; do sleep 0.1; done; echo of one >order; touch met",
    two: "echo of two >>order; cat order",
    three: "echo begins; touch begun; until [ -e met ]; do sleep 0.1; done; echo ends >&2",
    four: "echo of four",
  })
  assert.equal(status, 0, stdout)
  assert.match(stdout, /^of one\nof two$/m)
  assert.match(
    stdout,
    /^== npm run three\n(?:\n?> .*\n)*\n?begins\nends\n== npm run three: well after \d+ s(?:, \d+ s of processors)?$/m,
  )
  assert.ok(stdout.indexOf("of four") > stdout.indexOf("npm run three: well"))
})

for (const [failing, where] of [
  ["bad,after other", "shown at once"],
  ["other bad,after", "shown at its end"],
] as const) {
  test(`one that fails, ${where}: those behind it are left out, the others run, and the exit code is 1`, (t) => {
    const { status, stdout } = run(t, failing.split(" "), {
      bad: "echo what is wrong; exit 7",
      after: "echo never said",
      other: "sleep 1; echo runs all the same",
    })
    assert.equal(status, 1)
    assert.match(stdout, /^what is wrong$/m)
    assert.match(stdout, /^== npm run bad: ENDED WITH 7 after \d+ s(?:, \d+ s of processors)?$/m)
    assert.match(stdout, /^runs all the same$/m)
    assert.doesNotMatch(stdout, /never said/)
  })
}

test("the last lines say once more what failed, and how what was not shown as it came had ended", (t) => {
  const { stdout } = run(t, ["shown", "kept", "--nice", "good"], {
    shown: "exit 2",
    kept: "seq 100; echo why it failed >&2; exit 3",
    good: "sleep 1; echo ends last",
  })
  const [before = "", after = ""] = stdout.split("\n== npm run good: well")
  // A failed step is printed completely, and its last sixty lines again at the end.
  assert.match(before, /^1\n2\n[\s\S]*\n100\nwhy it failed\n== npm run kept: ENDED WITH 3/m)
  const again = Array.from({ length: 59 }, (_, index) => 42 + index).join("\n")
  assert.match(
    after,
    new RegExp(`\n== npm run kept failed; its last lines:\n… \\(\\d+ lines before\\)\n${again}\nwhy it failed\n`),
  )
  assert.match(after, /\n== FAILED: (?:npm run shown; npm run kept|npm run kept; npm run shown)\n$/)
})

test("of what went well and was not shown as it came the last thirty lines are printed, and no word of failures", (t) => {
  const { stdout } = run(t, ["shown", "kept"], { shown: "seq 100", kept: "seq 201 300" })
  assert.match(stdout, /^1\n2\n[\s\S]*\n100$/m)
  const end = Array.from({ length: 30 }, (_, index) => 271 + index).join("\n")
  assert.match(stdout, new RegExp(`^== npm run kept\n… \\(\\d+ lines before\\)\n${end}\n== npm run kept: well`, "m"))
  assert.doesNotMatch(stdout, /FAILED|its last lines/)
})

test("one of --nice runs beside the others, in the time that these leave", { skip: hasNoNice }, (t) => {
  const { status, stdout } = run(t, ["shown", "--nice", "beside"], {
    // It ends when the other one has begun.
    shown: "until [ -e begun ]; do sleep 0.1; done; echo shown at $(nice)",
    beside: "touch begun; echo beside at $(nice)",
  })
  assert.equal(status, 0, stdout)
  const usual = getPriority()
  assert.match(stdout, new RegExp(`^shown at ${usual}$`, "m"))
  assert.match(stdout, new RegExp(`^beside at ${Math.max(usual, 10)}$`, "m"))
})

test("the end of each step says its seconds, and on Linux those of processors", (t) => {
  const busy =
    "node -e 'for (let used = 0; used < 2e6; ) { const { user, system } = process.cpuUsage(); used = user + system }'"
  const { stdout } = run(t, ["idle", "busy"], { idle: "true", busy })
  const told = (name: string): string =>
    new RegExp(`^== npm run ${name}: well after \\d+ s(.*)$`, "m").exec(stdout)?.[1] ?? "nothing"
  if (process.platform !== "linux") return assert.deepEqual([told("idle"), told("busy")], ["", ""])
  const seconds = (name: string): number => Number(/^, (\d+) s of processors$/.exec(told(name))?.[1])
  assert.ok(seconds("busy") >= 2, stdout)
  assert.ok(seconds("idle") < seconds("busy"), stdout)
})

test("what a script leaves behind keeps no one waiting", (t) => {
  const { status, stdout } = run(t, ["good", "leaves"], { good: "true", leaves: "sleep 90 & echo $!" })
  process.kill(Number(/^\d+$/m.exec(stdout)?.[0]))
  assert.equal(status, 0, stdout)
})

test("a script that is not there fails", (t) => {
  const { status, stdout } = run(t, ["good", "missing"], { good: "true" })
  assert.equal(status, 1)
  assert.match(stdout, /^npm error Missing script: "missing"$/m)
})

function run(t: TestContext, argv: readonly string[], scripts: Readonly<Record<string, string>>) {
  const cwd = mkdtempSync(join(tmpdir(), "run-steps-"))
  t.after(() => rmSync(cwd, { recursive: true }))
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true, scripts }))
  // `npm run --silent` passes its level on.
  const env = { ...process.env, npm_config_loglevel: "notice" }
  return spawnSync(process.execPath, [RUNNER, ...argv], { cwd, env, encoding: "utf8", timeout: 60_000 })
}
