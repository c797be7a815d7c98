import assert from "node:assert/strict"
import { test } from "node:test"
import { displayWidth, padEnd } from "./display-width.ts"

const widths: Readonly<Record<string, number>> = {
  "": 0,
  zhangsan: 8,
  张三: 4,
  "磁盘 91%": 8,
  "，。！": 6,
  ｶﾀｶﾅ: 4,
  カタカナ: 8,
  한국어: 6,
  "🇨🇳": 2,
  "👨‍👩‍👧": 2,
  "✅": 2,
  "\u001B[31m红\u001B[0m": 2,
  "e\u0301": 1,
}

for (const [text, width] of Object.entries(widths)) {
  // proves 10.8: exit codes, keys, small things
  test(`${JSON.stringify(text)} takes ${width} columns`, () => {
    assert.equal(displayWidth(text), width)
    assert.equal(padEnd(text, 10), text + " ".repeat(10 - width))
  })
}
