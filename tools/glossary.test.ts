import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"

/** As many words as can be read at one sitting: sixty at promise 30, and at most ten more for each number after it. */
const MOST_WORDS = 60 + 10 * ["31", "32"].length

/** The words of a page, in English. @param column of the English word, from 0 */
function wordsOf(page: string, column: number): readonly string[] {
  const lines = readFileSync(join(import.meta.dirname, "../docs", page), "utf8").split("\n")
  return lines
    .filter((line, index) => line.startsWith("|") && lines[index + 1]?.startsWith("| -") !== true)
    .map((line) => line.split("|")[column + 1]?.trim() ?? "")
    .filter((word) => !/^-+$/.test(word))
}

test("the glossary has the same words in both languages, each once, and few enough to be read", () => {
  const words = wordsOf("glossary.md", 0)
  assert.deepEqual(wordsOf("glossary.zh-CN.md", 1), words)
  assert.equal(new Set(words).size, words.length)
  assert.ok(words.length <= MOST_WORDS, `${words.length}`)
})
