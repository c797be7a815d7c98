import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { test } from "node:test"

test("V8 knows the flag that is set, and has it on by default", () => {
  const module = JSON.stringify(new URL("expect-short-lives.ts", import.meta.url).href)
  const script = `(await import(${module})).expectShortLives()`
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  })
  // V8 reports a flag that it does not know, and continues.
  assert.deepEqual([status, stderr], [0, ""])
  const options = spawnSync(process.execPath, ["--v8-options"], { encoding: "utf8" }).stdout
  assert.match(options, /--allocation-site-pretenuring [^\n]*\n[^\n]*default: --allocation-site-pretenuring/)
})
