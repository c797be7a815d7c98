import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"

const ASK = `const given = new Date(7)
console.log(JSON.stringify([Date.now(), +new Date(), Date.parse(Date()), +given, given instanceof Date, Date.UTC(1970, 0)]))`

test("in a process that loads it all clocks are an hour ahead, and a time that is given is that time", async () => {
  const preload = join(import.meta.dirname, "hour-ahead.js")
  const from = Date.now()
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", preload, "-e", ASK])
  const [now = 0, made = 0, told = 0, ...others] = JSON.parse(stdout) as number[]
  for (const time of [now, made, told]) {
    const ahead = time - 3_600_000
    assert.ok(ahead > from - 1000 && ahead <= Date.now(), `${ahead - from}`)
  }
  assert.deepEqual(others, [7, true, 0])
})
