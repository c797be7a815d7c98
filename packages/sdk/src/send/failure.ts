import { TASK_ID_KNOWN } from "@wecom-push/protocol/delivery"
import type { ReasonWord } from "../reason.ts"
import type { WeComError } from "../wecom-error.ts"
import type { Fate } from "./target.ts"

export function mayHaveArrived(error: WeComError): boolean {
  return error.code === "in_doubt" || error.mayHaveArrived
}

/** What a failed call means for those it carried. */
export function fateOfFailure(error: WeComError): Fate {
  const errcode = error.errcode === undefined ? {} : { errcode: error.errcode }
  if (!mayHaveArrived(error)) return { state: "failed", reason: FAILURES[error.code], ...errcode }
  // A `task_id` that WeCom knows on the second try is most likely our own of the first.
  return { state: "in_doubt", reason: error.errcode === TASK_ID_KNOWN ? "probably_sent" : "answer_lost", ...errcode }
}

/** What it means for those whose call was therefore not made. */
export function fateOfNotStarted(cause: WeComError): Fate {
  const errcode = cause.errcode === undefined ? {} : { errcode: cause.errcode }
  return { state: "failed", reason: NOT_STARTED[cause.code], ...errcode }
}

const FAILURES = {
  invalid_input: "call_refused",
  refused: "call_refused",
  unreachable: "unreachable",
  in_doubt: "answer_lost",
  unusable_answer: "unusable_answer",
  deadline: "deadline",
  aborted: "aborted",
} as const satisfies Record<WeComError["code"], ReasonWord>

const NOT_STARTED = {
  ...FAILURES,
  invalid_input: "not_started",
  refused: "not_started",
  in_doubt: "not_started",
} as const satisfies Record<WeComError["code"], ReasonWord>
