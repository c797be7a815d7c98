import assert from "node:assert/strict"
import { test } from "node:test"
import { commentsOf, openingFaults, proseOf, sentencesOf, wordFaults } from "./plain-words.ts"

test("a word that texts do without is found with its line, in both languages, and no word that only looks like one", () => {
  assert.deepEqual(wordFaults("All is well.\nNobody is sent, and somebody is in doubt."), [
    "2: “Nobody”: say it in plainer words",
    "2: “somebody”: say it in plainer words",
  ])
  assert.deepEqual(wordFaults("有人结果不明。"), ["1: “结果不明”: the glossary's word is 存疑"])
  assert.deepEqual(wordFaults("A news message, the stands, a fateful day. 点击任务卡片"), [])
})

test("what is read is the prose of a page and the sentences of a source: neither code nor comments", () => {
  const page = "Text `nobody`\n```sh\necho nobody\n```\nNobody reads this."
  assert.deepEqual(wordFaults(proseOf(page)), ["5: “Nobody”: say it in plainer words"])
  const source =
    '// nobody waits\nconst nobody = "somebody"\n/** whoever */\nlog.warn("whoever waits")\nsay({ zh: "任务" })'
  assert.deepEqual(wordFaults(sentencesOf(source)), [
    "4: “whoever”: say it in plainer words",
    "5: “任务”: the glossary's word is 作业",
  ])
})

test("what is read of a folder with plain comments is them and no code, also behind code and over several lines", () => {
  const source = [
    "/** Whoever asks. */",
    'const nobody = "// nobody waits" // somebody waits',
    "/**",
    " * Nobody, but not `nobody`.",
    " */",
    'fetch("https://nobody.example")',
  ].join("\n")
  assert.deepEqual(wordFaults(commentsOf(source)), [
    "1: “Whoever”: say it in plainer words",
    "2: “somebody”: say it in plainer words",
    "4: “Nobody”: say it in plainer words",
  ])
})

test("a comment that begins with “Of” is found, and a line within one is not", () => {
  const source = [
    "/** Of the node. */",
    "/**",
    " * Of a party.",
    " * Of two names the last",
    " */",
    "const age = 1 // Of a token.",
    "// The age",
    "// Of a token.",
    '"https://example.com/ Of a"',
  ].join("\n")
  const lines = openingFaults(source).map((fault) => fault.split(":")[0])
  assert.deepEqual(lines, ["1", "2", "6"])
})
