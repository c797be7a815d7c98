import assert from "node:assert/strict"
import { PassThrough } from "node:stream"
import { test } from "node:test"
import { setTimeout } from "node:timers/promises"
import type { Language } from "@wecom-push/protocol"
import { askAtTerminal } from "./ask-at-terminal.ts"

/** Keys that a person types, one at a time, once the question is there. */
async function typed<Answer>(
  keys: readonly string[],
  ask: (questions: ReturnType<typeof askAtTerminal>) => Promise<Answer>,
  language: Language = "en",
) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 })
  let shown = ""
  output.on("data", (chunk: Buffer) => void (shown += chunk.toString()))
  const answer = ask(askAtTerminal(language, input, output))
  for (const key of keys) {
    await setTimeout(20)
    input.write(key)
  }
  return { answer: await answer, shown: () => shown }
}

const ENTER = "\r"
const CTRL_C = "\u0003"
const CTRL_D = "\u0004"
const fine = (): undefined => undefined
const numberFault = (value: string): string | undefined => (/^\d+$/.test(value) ? undefined : "no number")

test("30.init: at the terminal a line is what was typed, an empty one the usual, and a wrong one is corrected at once", async () => {
  const line = await typed(["w", "w", "1", ENTER], (ask) => ask.text({ message: "corp id?", check: fine }))
  assert.equal(line.answer, "ww1")
  assert.match(line.shown(), /corp id\?/)
  const usual = await typed([ENTER], (ask) => ask.text({ message: "file?", usual: "./a.db", check: fine }))
  assert.equal(usual.answer, "./a.db")
  const corrected = await typed(["x", ENTER, "\u007F", "7", ENTER], (ask) =>
    ask.text({ message: "id?", check: numberFault }),
  )
  assert.equal(corrected.answer, "7")
  assert.match(corrected.shown(), /no number/)
})

// proves 30.init: what it asks at a terminal
test("30.init: at the terminal a secret is not shown, and a choice is made by the keys", async () => {
  const secret = await typed(["s3", "cret", ENTER], (ask) => ask.secret({ message: "secret?", check: fine }))
  assert.equal(secret.answer, "s3cret")
  assert.doesNotMatch(secret.shown(), /s3cret/)
  const choices = [
    { choice: "file", words: "one file" },
    { choice: "none", words: "no gateway" },
  ] as const
  const chosen = await typed(["\u001B[B", ENTER], (ask) => ask.choose({ message: "where?", choices }))
  assert.equal(chosen.answer, "none")
})

for (const [name, key] of [
  ["Ctrl-C", CTRL_C],
  ["Ctrl-D", CTRL_D],
] as const) {
  test(`30.init: ${name} at the terminal answers nothing`, { timeout: 10_000 }, async () => {
    assert.equal((await typed([key], (ask) => ask.text({ message: "a?", check: fine }))).answer, undefined)
    assert.equal((await typed(["x", key], (ask) => ask.text({ message: "a?", check: fine }))).answer, undefined)
    assert.equal((await typed([key], (ask) => ask.secret({ message: "a?", check: fine }))).answer, undefined)
    const choices = [{ choice: "a", words: "a" }] as const
    assert.equal((await typed([key], (ask) => ask.choose({ message: "a?", choices }))).answer, undefined)
    assert.equal((await typed([key], (ask) => ask.confirm({ message: "a?", words }))).answer, undefined)
  })
}

test("30.init: at the terminal a choice names its keys in the language of the rest", async () => {
  const choices = [{ choice: "a", words: "甲" }] as const
  const zh = await typed([ENTER], (ask) => ask.choose({ message: "哪个？", choices }), "zh")
  assert.match(zh.shown(), /哪个？（↑\/↓ 选择，回车确认）/)
  assert.doesNotMatch(zh.shown(), /navigate|confirm/)
  const en = await typed([ENTER], (ask) => ask.choose({ message: "which?", choices }))
  assert.match(en.shown(), /which\? \(↑\/↓, then Enter\)/)
})

const words = { yes: "yes", no: "no" }

test("at the terminal Enter alone is a no, and y a yes", async () => {
  assert.equal((await typed([ENTER], (ask) => ask.confirm({ message: "all?", words }))).answer, false)
  assert.equal((await typed(["y"], (ask) => ask.confirm({ message: "all?", words }))).answer, true)
})
