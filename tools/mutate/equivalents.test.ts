import assert from "node:assert/strict"
import { test } from "node:test"
import { EQUIVALENTS, whyEquivalent } from "./equivalents.ts"

test("a change is called equivalent by its file and its lines, wherever they are", () => {
  const known = [{ file: "a.ts", before: "if (a) return b", after: ";", why: "c is never called without a" }]
  const lines = { line: 7, before: ["    if (a)", "      return b"], after: ["    ;"] }
  assert.equal(whyEquivalent("a.ts", lines, known), "c is never called without a")
  assert.equal(whyEquivalent("b.ts", lines, known), undefined)
  assert.equal(whyEquivalent("a.ts", { ...lines, after: ["if (!(a)) return b"] }, known), undefined)
})

test("each has its reason in words", () => {
  for (const { file, before, after, why } of EQUIVALENTS) {
    assert.ok(why.split(" ").length > 4, `${file}: ${before} -> ${after}`)
  }
})
