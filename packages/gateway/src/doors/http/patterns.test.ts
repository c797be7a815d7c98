import assert from "node:assert/strict"
import { test } from "node:test"
import { hostileTexts, patternsOfTheGateway, repeatsARepetition, timeOf } from "./testing/patterns.ts"

const PATTERNS = patternsOfTheGateway()
const LENGTH = 50_000
/** A pattern whose time grows with the square of the length. */
const SLOW = { file: "", source: ",?\\s*\\bhint", flags: "" }

function slowest(length: number): number {
  return Math.max(...hostileTexts(SLOW, length).map((text) => leastOf(3, () => timeOf(SLOW, text))))
}

/** The least time, because other processes may have used the processor for a while. */
function leastOf(tries: number, measure: () => number, enough = 0): number {
  let least = Infinity
  for (let n = 0; n < tries && least > enough; n++) least = Math.min(least, measure())
  return least
}

// proves row 24: patterns on hostile texts
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

// proves row 24: patterns on hostile texts
test("row 24: no pattern takes the square of 50 kB of what it looks for, and this would find one that does", () => {
  // Independent of the machine: a sixteenth of the time of such a pattern, and some hundred times the time of one that reads
  // the text once.
  const farTooLongMs = slowest(LENGTH / 4)
  assert.ok(farTooLongMs > slowest(LENGTH / 8) * 2)
  for (const pattern of PATTERNS) {
    for (const text of hostileTexts(pattern, LENGTH)) {
      const ms = leastOf(3, () => timeOf(pattern, text), farTooLongMs)
      assert.ok(ms < farTooLongMs, `${pattern.file}: ${pattern.source} takes ${ms} ms for ${text.slice(0, 9)}…`)
    }
  }
})
