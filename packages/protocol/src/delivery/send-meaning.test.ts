import assert from "node:assert/strict"
import { test } from "node:test"
import { errcodeEntries } from "../errcodes.ts"
import { APP_MESSAGE } from "./kinds/app-message.ts"
import { reasonInDoubt, tellsOfAllTries } from "./send-meaning.ts"

for (const [errcode, first, afterLostAnswer] of [
  [0, "accepted", "accepted"],
  [81013, "accepted", "accepted"],
  [60020, "app_paused", "app_paused"],
  [40001, "app_paused", "app_paused"],
  [45009, "throttled", "throttled"],
  [45033, "crowded", "crowded"],
  [-1, "busy", "busy"],
  [6000, "busy", "busy"],
  [40007, "media_gone", "in_doubt"],
  [40145, "media_gone", "in_doubt"],
  [40003, "one_recipient", "one_recipient"],
  [60111, "one_recipient", "one_recipient"],
  [60011, "one_recipient", "in_doubt"],
  [43012, "refused", "in_doubt"],
  [48002, "refused", "in_doubt"],
  [45002, "refused", "refused"],
  [42014, "refused", "in_doubt"],
  [9_999_999, "unknown", "unknown"],
] as const) {
  // proves 12.D1: one rule book, in both worlds
  test(`${errcode} to a send means ${first}; after a lost answer ${afterLostAnswer}`, () => {
    assert.equal(APP_MESSAGE.meaningOf(errcode, false), first)
    assert.equal(APP_MESSAGE.meaningOf(errcode, true), afterLostAnswer)
  })
}

test("a code that says nothing of a lost try never makes it refused, whatever the code", () => {
  for (const { errcode } of errcodeEntries()) {
    const meaning = APP_MESSAGE.meaningOf(errcode, true)
    if (meaning === "refused" || meaning === "one_recipient") assert.ok(tellsOfAllTries(errcode), String(errcode))
  }
})

test("acceptance holds for the lost try as well, a file's lost id does not", () => {
  assert.equal(tellsOfAllTries(0), true)
  assert.equal(tellsOfAllTries(40007), false)
})

test("a card's task_id that WeCom knows already was most likely sent by the lost try", () => {
  assert.equal(reasonInDoubt(42014), "probably_sent")
  assert.equal(reasonInDoubt(40007), "answer_lost")
  assert.equal(reasonInDoubt(undefined), "answer_lost")
})
