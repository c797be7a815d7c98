import assert from "node:assert/strict"
import { test } from "node:test"
import type { Bilingual } from "@wecom-push/protocol"
import { exampleLines, helpTexts } from "./help-texts.ts"
import { gatewayTexts } from "./gateway/texts.ts"
import { serveTexts } from "./serve/texts.ts"
import { initTexts } from "./init/texts.ts"
import { kindTexts, listenTexts } from "./listen/texts.ts"
import { say, texts } from "./texts.ts"

const sayings = [texts, helpTexts, gatewayTexts, serveTexts, listenTexts, kindTexts, initTexts].flatMap((table) =>
  Object.entries<Bilingual>(table),
)

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted()
}

test("both languages fill in the same values", () => {
  for (const [key, { en, zh }] of sayings) {
    assert.deepEqual([...new Set(placeholders(zh))], [...new Set(placeholders(en))], key)
  }
})

test("Chinese is written in Chinese, with its own punctuation", () => {
  const noWords = new Set(["fromDotenv", "user", "inBrackets", "appOk"])
  for (const [key, { zh }] of sayings) {
    if (noWords.has(key)) continue
    assert.match(zh, /\p{Script=Han}/u, key)
    assert.doesNotMatch(zh, /[\p{Script=Han}）”][,:;?!()]|[,;?!()]\p{Script=Han}/u, key)
  }
})

test("English holds no Chinese but the name of the product and what the admin console calls a thing", () => {
  for (const [key, { en }] of sayings) {
    assert.doesNotMatch(
      en.replaceAll(/企业微信|账号|接收消息|设置API接收|企业ID|我的企业|企业信息|应用管理|查看/g, ""),
      /\p{Script=Han}/u,
      key,
    )
  }
})

test("values are filled in as they are, also when they look like a placeholder", () => {
  assert.equal(say("en", "unknownOption", { flag: "{flag}$&" }), "There is no flag {flag}$& here.")
})

test("examples come in as many lines in both languages", () => {
  for (const [name, { en, zh }] of Object.entries(exampleLines)) assert.equal(en.length, zh.length, name)
})
