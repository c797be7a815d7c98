import assert from "node:assert/strict"
import { test } from "node:test"
import { preferredLanguage } from "./preferred-language.ts"

for (const [header, language] of [
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
  ["en-GB,en;q=0.9,zh;q=0.8", "en"],
  ["de,zh-TW;q=0.5,en;q=0.3", "zh"],
  ["en;q=0.3, ZH;q=0.7", "zh"],
  ["zh;q=0,en;q=0.1", "en"],
  ["fr,de", "en"],
  ["*", "en"],
  ["", "en"],
  [undefined, "en"],
] as const) {
  test(`of Accept-Language ${header ?? "nothing"} we speak ${language}`, () => {
    assert.equal(preferredLanguage(header), language)
  })
}
