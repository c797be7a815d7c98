import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import { outputOf } from "./output.ts"
import { visible, visibleOnOneLine } from "./visible.ts"

const escape = "\u001B[31m红\u001B[0m"
const bidi = "a\u202Eb\u2066c\u200Fd\u061Ce"

function written(say: (output: ReturnType<typeof outputOf>) => void, { json = false } = {}): string {
  const out: string[] = []
  const sink = { isTTY: true, write: (text: string) => void out.push(text) }
  const io = {
    stdin: { async *[Symbol.asyncIterator]() {} },
    stdout: sink,
    stderr: sink,
    env: { FORCE_COLOR: "1" },
    cwd: "/",
    interruption: () => new AbortController().signal,
  }
  say(outputOf(io, { language: "en", json, quiet: false }))
  return out.join("")
}

// proves 11.S24: foreign text on a terminal
test("escape sequences and marks of direction are shown as text; words, line ends, tabs and emoji stay", () => {
  assert.equal(visible(escape), String.raw`\u001b[31m红\u001b[0m`)
  assert.equal(visible(bidi), String.raw`a\u202eb\u2066c\u200fd\u061ce`)
  assert.equal(visible("\u009B2J\u007F\r\u0000\u2028"), String.raw`\u009b2J\u007f\u000d\u0000\u2028`)
  const plain = "磁盘 91%\n\t👨‍👩‍👧 👋🏽 🏴󠁧󠁢󠁳󠁣󠁴󠁿 é"
  assert.equal(visible(plain), plain)
  assert.equal(visibleOnOneLine("a\r\n✓ sent\u0007"), String.raw`a ✓ sent\u0007`)
})

// proves 11.S24: foreign text on a terminal
test("every line of the command shows them as text, with colours of our own only", () => {
  for (const way of ["data", "note", "warn", "complain"] as const) {
    const shown = written((output) => output[way](`x ${output.paintData("bold", `b${escape}`)} ${bidi} ${escape}`))
    const without = ["1", "22", "33", "39"].reduce((text, own) => text.replaceAll(`\u001B[${own}m`, ""), shown)
    for (const sign of "\u001B\u202E\u2066\u200F\u061C") assert.ok(!without.includes(sign), way)
    assert.ok(shown.includes("\u001B[1mb"), way)
    assert.match(shown, /\\u001b\[31m红.*\\u202e.*\\u001b\[31m红/)
  }
})

test("a colour inside a colour stays a colour", () => {
  const shown = written((output) => output.data(output.paintData("bold", `a ${output.paintData("red", "b")} c`)))
  assert.equal(stripVTControlCharacters(shown), "a b c\n")
  assert.ok(shown.includes("\u001B[31mb"))
})

// proves 11.S24: foreign text on a terminal
test("in a line of JSON they are escaped too, and mean the same", () => {
  const value = { text: `${escape}${bidi}\\\u009B` }
  const shown = written((output) => output.data(JSON.stringify(value)), { json: true })
  for (const sign of "\u001B\u009B\u202E\u2066") assert.ok(!shown.includes(sign))
  assert.deepEqual(JSON.parse(shown), value)
})
