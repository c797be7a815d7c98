import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { test } from "node:test"

const FOLDER = new URL(".", import.meta.url).pathname
const sources = globSync("**/*.ts", { cwd: FOLDER }).filter((file) => !/\.test\.ts$|(?:^|\/)testing\//.test(file))

test("row 60: nothing of the gateway makes code at run time or starts other programs", () => {
  assert.ok(sources.length > 50)
  for (const file of sources) {
    const text = readFileSync(FOLDER + file, "utf8")
    const found = /\beval\(|new Function\b|child_process|\brequire\(|createRequire|node:vm|process\.binding/.exec(text)
    assert.equal(found, null, `${file}: ${found?.[0]}`)
  }
})
