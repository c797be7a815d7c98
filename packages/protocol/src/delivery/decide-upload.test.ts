import assert from "node:assert/strict"
import { test } from "node:test"
import type { AttemptEnd, AttemptFailure } from "./decide-attempt.ts"
import { decideUpload } from "./decide-upload.ts"

const NOW = Date.UTC(2026, 10, 25, 4)

const answer = (errcode: number, fields: object = {}): AttemptEnd => ({
  kind: "answer",
  answer: { errcode, errmsg: "as WeCom says", ...fields },
})

function failure(code: AttemptFailure["code"], changes: Partial<AttemptFailure> = {}): AttemptEnd {
  return {
    kind: "failure",
    failure: { code, class: undefined, errcode: undefined, errmsg: "why", kind: undefined, ...changes },
  }
}

/** As in `later +1000 upload_failed answered`. */
function said(end: AttemptEnd, tries = 1): string {
  const it = decideUpload(end, tries, NOW, () => 1)
  if (it.kind === "placed") return `placed ${it.mediaId} ${it.health.kind}`
  if (it.kind === "refused") return `refused ${it.errcode} ${it.health.kind}`
  const when = it.at === undefined ? "when open" : `+${it.at - NOW}`
  return `later ${when}${it.closesUploads ? " for all" : ""} ${it.problem.code} ${it.health.kind}`
}

for (const [end, tries, expected] of [
  [answer(0, { media_id: "3mEdIa" }), 1, "placed 3mEdIa answered"],
  [answer(0), 1, "later +1000 upload_failed answered"],
  [answer(0, { media_id: 7 }), 3, "later +4000 upload_failed answered"],
  // The file is not what WeCom takes.
  [answer(40004), 1, "refused 40004 answered"],
  [answer(45001), 1, "refused 45001 answered"],
  [answer(48002), 1, "refused 48002 answered"],
  // The app may do nothing at present.
  [answer(60020), 1, "later when open app_paused misconfigured"],
  [answer(50003), 1, "later when open app_paused misconfigured"],
  [answer(45009), 1, "later +60000 for all upload_failed answered"],
  [answer(45009), 2, "later +300000 for all upload_failed answered"],
  // A busy system, and an unknown code.
  [answer(-1), 1, "later +1000 upload_failed answered"],
  [answer(-1), 3, "later +600000 upload_failed answered"],
  [answer(799_999), 1, "later +1000 upload_failed answered"],
  [answer(799_999), 3, "refused 799999 answered"],
  // No answer.
  [failure("unreachable"), 1, "later +1000 upload_failed unreachable"],
  [failure("unusable_answer"), 4, "later +8000 upload_failed unreachable"],
  [failure("aborted"), 1, "later +0 upload_failed none"],
  [failure("refused", { errcode: 40001, class: "configuration" }), 1, "later when open app_paused misconfigured"],
] as const) {
  const { kind } = end
  const what = kind === "answer" ? end.answer.errcode : end.failure.code
  test(`${kind} ${what}, try ${tries}: ${expected}`, () => assert.equal(said(end, tries), expected))
}

test("the problem of an upload has WeCom's code where there is one, and the first 500 characters of what was said", () => {
  const errmsg = `first ${"x".repeat(600)}`
  const kept = `first ${"x".repeat(494)}`
  assert.deepEqual(problemOf(answer(-1, { errmsg })), { code: "upload_failed", errcode: -1, errmsg: kept })
  assert.deepEqual(problemOf(failure("unreachable", { errmsg })), { code: "upload_failed", errmsg: kept })
})

function problemOf(end: AttemptEnd) {
  const it = decideUpload(end, 1, NOW, () => 1)
  return it.kind === "later" ? it.problem : assert.fail(it.kind)
}
