import assert from "node:assert/strict"
import { test } from "node:test"
import { ACCEPT_LANGUAGE } from "../testing/accept-language.ts"
import { preferredLanguage } from "./preferred-language.ts"

for (const [header, language] of ACCEPT_LANGUAGE) {
  test(`of Accept-Language ${header?.slice(0, 30) ?? "nothing"} we speak ${language}`, () => {
    assert.equal(preferredLanguage(header), language)
  })
}
