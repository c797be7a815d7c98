import assert from "node:assert/strict"
import { test } from "node:test"
import { hostileTexts, patternsOfTheGateway, repeatsARepetition, timeOf } from "./testing/patterns.ts"

const PATTERNS = patternsOfTheGateway()
const LENGTH = 50_000
/** What grows with the length takes a millisecond; what grows with its square a second and more. */
const FAR_TOO_LONG_MS = 100

test("row 24: no pattern repeats what repeats itself, and this would find one that does", () => {
  for (const bad of ["(a+)+", "^(?:a*b?)*$", "(\\d{2,})+x", "((?:a|b+)c)*", "(?<name>[^]]+)*", "(\\s*,)+"]) {
    assert.ok(repeatsARepetition(bad), bad)
  }
  for (const good of ["(a+)?", "(?:a{1,3})*b+", "[(a+)+]", "\\(a+\\)+", '(?:[^"]|\\\\.)*', "a+b*", "(a+){3}"]) {
    assert.ok(!repeatsARepetition(good), good)
  }
  assert.ok(PATTERNS.length > 70, `${PATTERNS.length} patterns`)
  for (const { file, source } of PATTERNS) assert.ok(!repeatsARepetition(source), `${file}: ${source}`)
})

test("row 24: no pattern takes the square of 50 kB of what it looks for, and this would find one that does", () => {
  const slow = { file: "", source: ",?\\s*\\bhint", flags: "" }
  // A quarter is enough for it to be far too slow.
  assert.ok(hostileTexts(slow, LENGTH / 4).some((text) => timeOf(slow, text) > FAR_TOO_LONG_MS))
  for (const pattern of PATTERNS) {
    for (const text of hostileTexts(pattern, LENGTH)) {
      const ms = timeOf(pattern, text)
      assert.ok(ms < FAR_TOO_LONG_MS, `${pattern.file}: ${pattern.source} takes ${ms} ms for ${text.slice(0, 9)}…`)
    }
  }
})
