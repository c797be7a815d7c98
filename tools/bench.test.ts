import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { join, resolve } from "node:path"
import { test } from "node:test"

const main = join(resolve(import.meta.dirname, ".."), "bench/main.ts")

test("a row of the bench that there is not is refused before anything is built, with the names of those there are", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "sdk-sends", "nonsense"], { encoding: "utf8" })
  assert.equal(status, 2)
  assert.equal(stdout, "")
  assert.match(stderr, /^No such row: nonsense\. There are: sdk-sends, .*gateway-accepts.*\n$/)
})
