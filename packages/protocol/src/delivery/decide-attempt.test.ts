import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { decideAttempt, healthAfterAgentGet, healthAfterLookup } from "./decide-attempt.ts"
import { APP_MESSAGE } from "./kinds/app-message.ts"
import type { AttemptDecision, AttemptEnd, AttemptFacts, AttemptFailure } from "./decide-attempt.ts"

const NOW = Date.UTC(2026, 10, 25, 4)

function facts(changes: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    kind: APP_MESSAGE,
    targetCount: 5,
    checkSeconds: 14_400,
    firstTryAt: NOW - 1000,
    number: 1,
    spentAttempts: 0,
    mayHaveArrived: false,
    namesMedia: false,
    ...changes,
  }
}

const answer = (errcode: number): AttemptEnd => ({ kind: "answer", answer: { errcode, errmsg: "as WeCom says" } })

function failure(code: AttemptFailure["code"], changes: Partial<AttemptFailure> = {}): AttemptEnd {
  return {
    kind: "failure",
    failure: { code, class: undefined, errcode: undefined, errmsg: "why", kind: undefined, ...changes },
  }
}

const decision = (end: AttemptEnd, changes?: Partial<AttemptFacts>): AttemptDecision =>
  decideAttempt(end, facts(changes), NOW, () => 1)

/** As in `again refused spent +1000 healthy`. */
function said(end: AttemptEnd, changes?: Partial<AttemptFacts>): string {
  const it = decision(end, changes)
  if (it.kind === "accepted" || it.kind === "halve" || it.kind === "renew") return `${it.kind} ${it.health.kind}`
  if (it.kind === "final") return `final ${it.result} ${it.state} ${it.reason} ${it.health.kind}`
  const when = it.at === undefined ? "when open" : `+${it.at - NOW}`
  return `again ${it.result}${it.spent ? " spent" : ""} ${when} ${it.health.kind}`
}

for (const [errcode, changes, expected] of [
  [0, {}, "accepted healthy"],
  [81013, {}, "accepted healthy"],
  // The id of a file: another one where the file is known, unless a lost try may have come through before.
  [40007, {}, "final refused failed call_refused healthy"],
  [40007, { namesMedia: true }, "renew healthy"],
  [40145, { namesMedia: true }, "renew healthy"],
  [40007, { namesMedia: true, mayHaveArrived: true }, "final in_doubt in_doubt answer_lost healthy"],
  [40007, { mayHaveArrived: true }, "final in_doubt in_doubt answer_lost healthy"],
  [40009, { namesMedia: true }, "final refused failed call_refused healthy"],
  // A busy system: three tries, ten minutes of rest, and so on.
  [-1, { spentAttempts: 0 }, "again refused spent +1000 healthy"],
  [-1, { spentAttempts: 1 }, "again refused spent +2000 healthy"],
  [-1, { spentAttempts: 2 }, "again refused spent +600000 healthy"],
  [-1, { spentAttempts: 3 }, "again refused spent +1000 healthy"],
  [-1, { spentAttempts: 5 }, "again refused spent +600000 healthy"],
  [6000, {}, "again refused spent +1000 healthy"],
  [45033, {}, "again refused +1000 crowded"],
  [45009, {}, "again refused when open throttled"],
  [60020, {}, "again refused when open misconfigured"],
  [301002, {}, "again refused when open misconfigured"],
  [43012, {}, "final refused failed call_refused healthy"],
  [48002, {}, "final refused failed call_refused healthy"],
  [45002, {}, "final refused failed call_refused healthy"],
  [42014, {}, "final refused failed call_refused healthy"],
  [40003, {}, "halve healthy"],
  [60011, {}, "halve healthy"],
  [40003, { targetCount: 1 }, "final refused invalid refused_alone healthy"],
  [9_999_999, { spentAttempts: 0 }, "again refused spent +1000 healthy"],
  [9_999_999, { spentAttempts: 1 }, "again refused spent +2000 healthy"],
  [9_999_999, { spentAttempts: 2 }, "final refused failed call_refused healthy"],
] as const) {
  test(`errcode ${errcode} ${JSON.stringify(changes)}: ${expected}`, () => {
    assert.equal(said(answer(errcode), changes), expected)
  })
}

for (const [errcode, changes, expected] of [
  // A fault of the request, or of its recipients, held for the lost try as well.
  [0, {}, "accepted healthy"],
  [81013, {}, "accepted healthy"],
  [45002, {}, "final refused failed call_refused healthy"],
  [40003, {}, "halve healthy"],
  // A state that may have begun since does not disprove it.
  [-1, {}, "again refused spent +1000 healthy"],
  [60020, {}, "again refused when open misconfigured"],
  [48002, {}, "final in_doubt in_doubt answer_lost healthy"],
  [42014, {}, "final in_doubt in_doubt probably_sent healthy"],
  [9_999_999, { spentAttempts: 2 }, "final in_doubt in_doubt answer_lost healthy"],
] as const) {
  test(`after a lost answer, errcode ${errcode} ${JSON.stringify(changes)}: ${expected}`, () => {
    assert.equal(said(answer(errcode), { mayHaveArrived: true, ...changes }), expected)
  })
}

for (const [given, changes, expected] of [
  [failure("unreachable"), {}, "again not_sent +1000 unreachable"],
  [failure("unreachable"), { number: 4 }, "again not_sent +8000 unreachable"],
  [failure("unreachable"), { number: 40 }, "again not_sent +60000 unreachable"],
  [failure("unreachable", { class: "configuration" }), {}, "again not_sent when open misconfigured"],
  // A redirect or a 404 of that one request.
  [
    failure("unusable_answer", { class: "configuration", kind: "unusable_answer" }),
    {},
    "again not_sent +1000 unreachable",
  ],
  [failure("deadline"), {}, "again not_sent +1000 unreachable"],
  [failure("aborted"), {}, "again not_sent +0 none"],
  [failure("refused", { class: "token", errcode: 40014 }), {}, "again refused when open misconfigured"],
  [failure("refused", { class: "configuration", errcode: 40013 }), {}, "again refused when open misconfigured"],
  [failure("refused", { class: "transient", errcode: -1 }), {}, "again refused +1000 unreachable"],
  [failure("refused", { class: "throttled", errcode: 45009 }), {}, "again refused when open throttled"],
  [failure("in_doubt"), {}, "again in_doubt +1000 unreachable"],
  [failure("in_doubt"), { number: 3 }, "again in_doubt +4000 unreachable"],
  [failure("in_doubt"), { number: 30 }, "again in_doubt +300000 unreachable"],
  [failure("in_doubt"), { checkSeconds: null }, "final in_doubt in_doubt no_check unreachable"],
  [failure("in_doubt"), { firstTryAt: NOW - 14_098_999 }, "again in_doubt +1000 unreachable"],
  [failure("in_doubt"), { firstTryAt: NOW - 14_099_000 }, "final in_doubt in_doubt answer_lost unreachable"],
  [failure("in_doubt"), { firstTryAt: NOW - (14_400 - 300) * 1000 }, "final in_doubt in_doubt answer_lost unreachable"],
] as const) {
  test(`${given.kind === "failure" ? JSON.stringify(given.failure) : ""} ${JSON.stringify(changes)}: ${expected}`, () => {
    assert.equal(said(given, changes), expected)
  })
}

for (const [given, expected] of [
  [answer(0), "answered"],
  [answer(48002), "answered"],
  [answer(60020), "misconfigured"],
  [failure("unreachable"), "unreachable"],
  [failure("unusable_answer"), "unreachable"],
  [failure("unusable_answer", { class: "configuration", kind: "unusable_answer" }), "misconfigured"],
  [failure("refused", { class: "token", errcode: 40014 }), "misconfigured"],
] as const) {
  test(`agent/get that ends with ${JSON.stringify(given)} shows an app that is ${expected}`, () => {
    assert.equal(healthAfterAgentGet(given).kind, expected)
  })
}

// proves A10: unknown codes and answers
test("whatever WeCom answers: a call that may have arrived is never called failed for a reason that came later", () => {
  fc.assert(
    fc.property(fc.integer({ min: -10, max: 99_999 }), fc.nat(5), (errcode, spentAttempts) => {
      const it = decision(answer(errcode), { mayHaveArrived: true, spentAttempts, targetCount: 1 })
      if (it.kind !== "final" || it.result === "in_doubt") return
      // Then the very same request was refused the first time too.
      const first = decision(answer(errcode), { mayHaveArrived: false, spentAttempts: 2, targetCount: 1 })
      assert.equal(first.kind, "final")
    }),
  )
})

// proves 12.D1: one rule book, in both worlds
test("whatever fails: nothing is repeated that could be seen twice", () => {
  const codes = ["unreachable", "in_doubt", "unusable_answer", "deadline", "aborted", "refused"] as const
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.boolean(),
      fc.nat(20_000),
      fc.integer({ min: 1, max: 50 }),
      (code, checked, ageS, number) => {
        const checkSeconds = checked ? 14_400 : null
        const it = decision(failure(code), { checkSeconds, firstTryAt: NOW - ageS * 1000, number })
        if (it.kind !== "again" || it.result !== "in_doubt") return
        assert.ok(checked && (it.at ?? Infinity) < NOW - ageS * 1000 + 14_400_000)
      },
    ),
  )
})

test("a look-up that is refused for a setting tells that the app may do nothing, another answer only that WeCom answers", () => {
  const { kind } = healthAfterLookup({ errcode: 60020, errmsg: "" })
  assert.equal(kind, "misconfigured")
  for (const errcode of [0, 46004, -1])
    assert.deepEqual(healthAfterLookup({ errcode, errmsg: "" }), { kind: "answered" })
})

test("of what kept WeCom from being reached the first 500 characters are kept", () => {
  const { health } = decision(failure("unreachable", { errmsg: `first ${"x".repeat(600)}` }))
  assert.ok(health.kind === "unreachable")
  assert.equal(health.cause.errmsg, `first ${"x".repeat(494)}`)
})
