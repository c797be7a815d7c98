import assert from "node:assert/strict"
import { test } from "node:test"
import { ACCEPT_LANGUAGE } from "../../../../simulator/src/testing/accept-language.ts"
import { languageOf } from "./language.ts"

for (const [header, language] of ACCEPT_LANGUAGE) {
  test(`of Accept-Language ${header?.slice(0, 30) ?? "nothing"} we speak ${language}, as the simulator does`, () => {
    assert.equal(languageOf(header), language)
  })
}
