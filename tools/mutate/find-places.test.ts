import assert from "node:assert/strict"
import { test } from "node:test"
import { changed, findPlaces } from "./find-places.ts"
import { linesOf, showChange } from "./show-change.ts"

/** Everything that the source can become. */
function becomes(source: string): readonly string[] {
  return findPlaces("a.ts", source).map((change) => changed(source, change))
}

for (const [what, source, expected] of [
  ["a comparison", "f(a < b)", ["f(a <= b)", "f(a >= b)", ";"]],
  ["an equality", "const c = a === b", ["const c = a !== b"]],
  ["an or", "const c = a || b", ["const c = a && b"]],
  ["a value with a substitute", "const c = a ?? b", ["const c = b"]],
  ["a sum", "const c = a + b", ["const c = a - b"]],
  ["a text", "const c = a + 'b'", []],
  ["a count", "n++", ["n--", ";"]],
  ["a number", "const c = 1", ["const c = 0"]],
  ["a time", "const c = 60_000", ["const c = 120000"]],
  ["a truth", "const c = true", ["const c = false"]],
  ["a negation", "const c = !a", ["const c = a"]],
  ["a choice", "const c = a ? b : d", ["const c = !(a) ? b : d"]],
  ["a bound", "const c = Math.max(a, b)", ["const c = Math.min(a, b)"]],
  ["a statement", "void this.run()", [";"]],
  ["a guard", "for (;;) { if (a) break }", ["for (;;) { if (!(a)) break }", "for (;;) { ; }"]],
  ["a body", "function f() { g(); h() }", ["; h()", "g(); ;", "return; g(); h()"]],
  ["a log", 'this.#deps.log.warn({ a }, "b")', []],
  ["whether there is a log", 'if (!a) this.#log.warn({ b: 1 }, "c")', []],
  [
    "what else depends on it",
    'if (a) { log.info("b"); c() }',
    ['if (!(a)) { log.info("b"); c() }', 'if (a) { log.info("b"); ; }'],
  ],
  ["types", 'import type { A } from "a"\ntype B = A & { c: 1 }\nconst d: 2 = e as 3', []],
  [
    "a value with a type",
    "const c = (a < b) as boolean",
    ["const c = (a <= b) as boolean", "const c = (a >= b) as boolean"],
  ],
  ["the names of fields", "const c = { 1: a }", []],
  ["what comes after Chinese text", 'f("磁盘😀", a < b)', ['f("磁盘😀", a <= b)', 'f("磁盘😀", a >= b)', ";"]],
] as const) {
  test(`${what} becomes ${expected.length === 0 ? "nothing else" : expected.join(" or ")}`, () => {
    const found = becomes(source).map((text) => text.replace(/^function f\(\) \{ ?(.*) \}$/, "$1"))
    assert.deepEqual(found.toSorted(), [...expected].toSorted())
  })
}

test("a field that a constructor keeps is left alone", () => {
  assert.deepEqual(becomes("class A { constructor(b) { this.b = b } }"), [])
})

test("a change is shown with file, line, and the lines before and after", () => {
  const source = "const a = 1\nif (\n  a\n) {\n  f()\n}\n"
  const change = findPlaces("x/a.ts", source).find(({ kind }) => kind === "statement taken away") ?? assert.fail()
  assert.equal(showChange(source, change), "x/a.ts:5  statement taken away\n  -   f()\n  +   ;")
  const guard = "f(\n  () => {\n    if (a)\n      return\n    b()\n  })"
  const multiple = findPlaces("a.ts", guard).find(({ kind }) => kind === "guard taken away") ?? assert.fail()
  assert.deepEqual(linesOf(guard, multiple), { line: 3, before: ["    if (a)", "      return"], after: ["    ;"] })
})
