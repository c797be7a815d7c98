import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { test } from "node:test"

const CHILD = new URL("../doors/http/testing/children/fail-uncaught.ts", import.meta.url).pathname

for (const [how, said] of [
  ["throw", "thrown"],
  ["reject", "rejected for 138****0001"],
  ["emit", "emitted"],
] as const) {
  // proves row 59: uncaught errors
  // proves P15: for want of memory, or by an error
  test(`row 59: after an uncaught error (${how}) the process ends with a code other than 0, and says why`, () => {
    const { status, stdout } = spawnSync(process.execPath, ["--conditions=wecom-push-source", CHILD, how], {
      encoding: "utf8",
    })
    assert.equal(status, 1)
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
    assert.deepEqual([last.level, last.err.message], ["fatal", said])
  })
}
