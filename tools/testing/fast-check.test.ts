import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { test } from "node:test"

const ROOT = join(import.meta.dirname, "../..")
const FIXTURE = "tools/testing/fixtures/failing-properties.ts"

for (const title of ["are small (all of them); isn't that so?", "are small, says a promise", "are small"]) {
  // proves 10.4: tests that end
  test(`a property that fails prints the command that runs the failing case again, and only that: "${title}"`, () => {
    const output = run(`node --conditions=wecom-push-source --test ${FIXTURE}`)
    const told = output.slice(output.lastIndexOf(`✖ ${title} (`))
    assert.match(told, /\{ seed: -?\d+, path: "[\d:]+", endOnFailure: true \}/)
    assert.match(told, /cause.*1000 is a thousand or more/)
    const [counterexample] = /Counterexample: \[\d+\]/.exec(told) ?? []
    const [, command = ""] = /Run it again:\n\s*(FC_SEED=.*)/.exec(told) ?? []

    const again = run(command, { TELL_RUNS: "yes" })
    assert.match(again, /^ℹ tests 1$/m, command)
    assert.ok(again.includes(`${counterexample}`), again)
    assert.equal(/given (\d+)/.exec(again)?.[1], /\d+/.exec(`${counterexample}`)?.[0], "the first value is the one")
  })
}

test("a seed that is no number is refused", () => {
  assert.match(
    run(`FC_SEED=many node --conditions=wecom-push-source --test ${FIXTURE}`),
    /FC_SEED is no whole number: many/,
  )
})

function run(command: string, more: NodeJS.ProcessEnv = {}): string {
  // With this variable, node's runner would run nothing, because it is inside another runner.
  const { NODE_TEST_CONTEXT: _, FC_SEED: _seed, FC_PATH: _path, ...inherited } = process.env
  const env = { ...inherited, ...more, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` }
  return spawnSync("sh", ["-c", command], { cwd: ROOT, env, encoding: "utf8" }).stdout
}
