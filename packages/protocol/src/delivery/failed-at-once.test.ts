import assert from "node:assert/strict"
import { test } from "node:test"
import { mayRepeat, reasonOfFailedLookup, resultOfFailure, resultOfNotStarted, stopsOthers } from "./failed-at-once.ts"
import type { FailedCall } from "./failed-at-once.ts"

const failed = (code: FailedCall["code"], changes: Partial<FailedCall> = {}): FailedCall => ({
  code,
  class: undefined,
  errcode: undefined,
  mayHaveArrived: code === "in_doubt",
  ...changes,
})

for (const [code, changes, carried, notStarted, lookup] of [
  ["refused", { errcode: 48002 }, "failed call_refused", "not_started", "call_refused"],
  ["unreachable", {}, "failed unreachable", "unreachable", "unreachable"],
  ["unusable_answer", {}, "failed unusable_answer", "unusable_answer", "unusable_answer"],
  ["deadline", {}, "failed deadline", "deadline", "deadline"],
  ["aborted", {}, "failed aborted", "aborted", "aborted"],
  ["aborted", { mayHaveArrived: true }, "in_doubt answer_lost", "aborted", "aborted"],
  ["in_doubt", {}, "in_doubt answer_lost", "not_started", "unreachable"],
  ["in_doubt", { errcode: 42014 }, "in_doubt probably_sent", "not_started", "unreachable"],
] as const) {
  test(`${code} ${JSON.stringify(changes)}: ${carried}; whose call was not made: failed ${notStarted}; a look-up: ${lookup}`, () => {
    const call = failed(code, changes)
    const { state, reason } = resultOfFailure(call)
    assert.equal(`${state} ${reason}`, carried)
    assert.deepEqual(resultOfNotStarted(call), { state: "failed", reason: notStarted })
    assert.equal(reasonOfFailedLookup(code), lookup)
  })
}

// proves 12.D1: one rule book, in both worlds
test("what may have arrived is repeated only where that does no harm, and what an operator has to correct never", () => {
  const lost = failed("in_doubt")
  const refused = failed("unreachable")
  const certificate = failed("unreachable", { class: "configuration" })
  assert.deepEqual([mayRepeat(lost, true), mayRepeat(lost, false)], [true, false])
  assert.deepEqual([mayRepeat(refused, true), mayRepeat(refused, false)], [true, true])
  assert.deepEqual([mayRepeat(certificate, true), mayRepeat(certificate, false)], [false, false])
})

for (const [call, inARow, stops] of [
  [failed("in_doubt"), 1, false],
  [failed("in_doubt"), 3, false],
  [failed("in_doubt"), 4, true],
  [failed("unreachable"), 1, true],
  [failed("refused", { class: "configuration" }), 1, true],
  [failed("refused", { class: "request" }), 1, true],
  [failed("refused", { class: "recipient" }), 1, false],
  [failed("refused", { class: "transient" }), 3, false],
  [failed("refused", { class: "transient" }), 4, true],
] as const) {
  test(`failure ${inARow} in a row, ${call.code} ${call.class ?? ""}: ${stops ? "no further call begins" : "the others continue"}`, () => {
    assert.equal(stopsOthers(call, inARow), stops)
  })
}
