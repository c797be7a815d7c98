import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { LONG_FILES } from "./testing/runner/long-files.ts"

const root = join(import.meta.dirname, "..")
const files = globSync("{packages,chaos,clients,deploy,examples,oracles,site,tools}/**/*.test.ts", {
  cwd: root,
  exclude: ["**/node_modules/**", "**/dist/**"],
}).map((path) => ({ path, source: readFileSync(join(root, path), "utf8") }))

const thoseThat = (does: (source: string) => boolean): readonly string[] =>
  files.filter(({ source }) => does(source)).map(({ path }) => path)

test("a test takes fast-check from tools/testing/fast-check.ts, so that its failure can be run again", () => {
  assert.deepEqual(
    thoseThat((source) => /^import .* from "fast-check"/m.test(source)),
    [],
  )
})

// proves 10.4: tests that end
test("what the tests of a file share is started by tools/testing/shared.ts, so that a start that fails leaves nothing open", () => {
  assert.deepEqual(
    thoseThat((source) => /^import \{[^}]*\bbefore\b[^}]*\} from "node:test"/m.test(source)),
    [],
  )
})

test("CONTRIBUTING.md names the files that take long, at most 40, and CI runs all tests, those of oracles, examples and the site, and 20,000 fuzzed requests", () => {
  const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8")
  const from = contributing.indexOf("## The tests that take long")
  const section = contributing.slice(from, contributing.indexOf("\n## ", from + 1))
  const named = [...section.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file = ""]) => file)
  assert.deepEqual(named.toSorted(), LONG_FILES.toSorted())
  assert.ok(named.length <= 40, `${named.length}`)
  const ci = readFileSync(join(root, ".ci/run"), "utf8")
  for (const script of ["test:all", "oracles", "examples", "site"]) {
    assert.match(ci, new RegExp(`^steps .*(?<=[ ,])${script}(?=[ ,]|$)`, "m"))
  }
  assert.match(ci, /^export FUZZ_REQUESTS=20000$/m)
})

test("those that take long are there", () => {
  assert.deepEqual(
    LONG_FILES.filter((file) => !files.some(({ path }) => path === file)),
    [],
  )
})
