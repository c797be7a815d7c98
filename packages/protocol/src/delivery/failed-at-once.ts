import type { ErrcodeClass } from "../errcode-entry.ts"
import type { FailureCode } from "./decide-attempt.ts"
import type { ReasonWord } from "./reasons.ts"
import { reasonInDoubt } from "./send-meaning.ts"

/** The facts about a failed call that are known to a sender that does not wait. */
export interface FailedCall {
  readonly code: FailureCode
  readonly class: ErrcodeClass | undefined
  readonly errcode: number | undefined
  readonly mayHaveArrived: boolean
}

export interface FailedResult {
  readonly state: "failed" | "in_doubt"
  readonly reason: ReasonWord
}

/** The result of a failed call for its recipients, when it is not repeated any more. */
export function resultOfFailure(failed: FailedCall): FailedResult {
  if (!mayHaveArrived(failed)) return { state: "failed", reason: FAILURES[failed.code] }
  return { state: "in_doubt", reason: reasonInDoubt(failed.errcode) }
}

/** The result for recipients whose call was not made because of it. */
export function resultOfNotStarted({ code }: FailedCall): FailedResult {
  return { state: "failed", reason: NOT_STARTED[code] }
}

/** The reason for a failed look-up: one whose answer was lost has reached no member, so it is not in doubt. */
export function reasonOfFailedLookup(code: FailureCode): ReasonWord {
  return code === "in_doubt" ? "unreachable" : FAILURES[code]
}

export function mayHaveArrived(failed: Pick<FailedCall, "code" | "mayHaveArrived">): boolean {
  return failed.code === "in_doubt" || failed.mayHaveArrived
}

/**
 * Whether a request may be sent again after a failure. Not after a failure that only an operator can correct; and one
 * that may have arrived only when a repetition does no harm.
 */
export function mayRepeat(failed: Pick<FailedCall, "class" | "mayHaveArrived">, isRepeatable: boolean): boolean {
  return failed.class !== "configuration" && (isRepeatable || !failed.mayHaveArrived)
}

/**
 * Whether further calls of one operation are useless after this one. A secret that is wrong for one call is wrong for
 * all; one lost answer may be chance, four failures in a row are not.
 */
export function stopsOthers({ code, class: errorClass }: FailedCall, failuresInARow: number): boolean {
  if (failuresInARow >= FAILURES_IN_A_ROW) return true
  if (code === "in_doubt") return false
  return code !== "refused" || (errorClass !== "transient" && errorClass !== "recipient")
}

const FAILURES_IN_A_ROW = 4

const FAILURES = {
  invalid_input: "call_refused",
  refused: "call_refused",
  unreachable: "unreachable",
  in_doubt: "answer_lost",
  unusable_answer: "unusable_answer",
  deadline: "deadline",
  aborted: "aborted",
} as const satisfies Record<FailureCode, ReasonWord>

const NOT_STARTED = {
  ...FAILURES,
  invalid_input: "not_started",
  refused: "not_started",
  in_doubt: "not_started",
} as const satisfies Record<FailureCode, ReasonWord>
