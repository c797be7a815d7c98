import assert from "node:assert/strict"
import { test } from "node:test"
import { DELAY_REASONS, explainDelay, isDelayReason, isTriedAgain } from "./delay-reasons.ts"
import { REASONS } from "./reasons.ts"
import {
  MESSAGE_STATE_TEXTS,
  MESSAGE_STATES,
  messageState,
  parseMessageState,
  RECIPIENT_STATE_TEXTS,
  RECIPIENT_STATES,
} from "./states.ts"
import type { StateCounts } from "./states.ts"

const NOW = Date.UTC(2026, 10, 25, 4)

function counts(some: Partial<StateCounts>): StateCounts {
  return { ...Object.fromEntries(RECIPIENT_STATES.map((state) => [state, 0])), ...some } as StateCounts
}

for (const [some, started, sendAt, state] of [
  [{ pending: 1 }, false, NOW + 1, "scheduled"],
  [{ pending: 1 }, false, NOW, "queued"],
  [{ pending: 1, sent: 9 }, true, NOW, "sending"],
  [{ sent: 2 }, true, NOW, "sent"],
  [{ sent: 1, suppressed: 1 }, true, NOW, "sent"],
  [{ sent: 1, failed: 1 }, true, NOW, "partly_sent"],
  [{ in_doubt: 1, failed: 1 }, true, NOW, "in_doubt"],
  [{ cancelled: 2 }, false, NOW, "cancelled"],
  [{ expired: 2 }, false, NOW, "expired"],
  [{ recalled: 2 }, true, NOW, "recalled"],
  [{ cancelled: 1, expired: 1 }, false, NOW, "failed"],
  [{ not_found: 1, invalid: 1, unlicensed: 1 }, true, NOW, "failed"],
] as const) {
  test(`a message with ${JSON.stringify(some)}${started ? ", begun" : ""} is ${state}`, () => {
    assert.equal(messageState({ counts: counts(some), started, sendAt }, NOW), state)
  })
}

test("a word that is no state of a message is none, whatever every object has", () => {
  assert.equal(parseMessageState("sent"), "sent")
  for (const word of ["suppressed", "constructor", ""]) assert.throws(() => parseMessageState(word), TypeError)
})

test("each state has a word and a sentence in both languages", () => {
  const tables = [
    [RECIPIENT_STATES, RECIPIENT_STATE_TEXTS],
    [MESSAGE_STATES, MESSAGE_STATE_TEXTS],
  ] as const
  for (const [states, texts] of tables) {
    assert.deepEqual(Object.keys(texts), [...states])
    for (const { word, meaning } of Object.values(texts)) {
      assert.match(word.en, /^[a-z ]+$/)
      assert.match(word.zh, /^\p{Script=Han}+$/u)
      assert.match(meaning.en, /^[A-Z`].*\.$/)
      assert.match(meaning.zh, /\p{Script=Han}.*。$/u)
    }
  }
})

// proves 12.D1: one rule book, in both worlds
test("each reason has a sentence in both languages, with the punctuation of each", () => {
  const sentences = Object.entries(REASONS)
  assert.equal(sentences.length, 31)
  for (const [word, { en, zh }] of sentences) {
    assert.match(en, /^[A-Z`].*[.]$/, word)
    assert.match(zh, /\p{Script=Han}.*。$/u, word)
    assert.doesNotMatch(zh, /[\p{Script=Han}）”][,:;?!()]|[,;?!()]\p{Script=Han}/u, word)
  }
})

test("each reason to wait can be followed by a time; three of them by that of the next try", () => {
  for (const reason of DELAY_REASONS) {
    const { en, zh } = explainDelay(reason)
    assert.doesNotMatch(`${en}${zh}`, /[.。]$/)
    assert.ok(isDelayReason(reason))
  }
  assert.deepEqual(DELAY_REASONS.filter(isTriedAgain), ["app_paused", "unreachable", "wecom_busy"])
  assert.deepEqual([isDelayReason("constructor"), isDelayReason(undefined)], [false, false])
})
