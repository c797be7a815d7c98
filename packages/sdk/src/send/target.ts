import { resultOfFailure, resultOfNotStarted, targetKey } from "@wecom-push/protocol/delivery"
import type { Reason, TargetKind } from "@wecom-push/protocol/delivery"
import type { RecipientState } from "../outcome.ts"
import type { WeComError } from "../wecom-error.ts"

/** A member, a group or everybody, which a call names once, however many rows of the audience mean it. */
export interface Target {
  readonly kind: TargetKind
  /** The id as it is sent. */
  readonly id: string
  /** The same for all ids that mean the same member. */
  readonly key: string
  outcome: TargetOutcome
}

/** The result of a target. One object serves all targets with the same outcome in a call. */
export interface TargetOutcome {
  readonly state: RecipientState | "planned"
  readonly errcode?: number
  readonly reason?: Reason
  readonly msgid?: string
}

const PLANNED: TargetOutcome = { state: "planned" }

export function newTarget(kind: TargetKind, id: string, key = targetKey(kind, id)): Target {
  return { kind, id, key, outcome: PLANNED }
}

/** The result of a failed call for its recipients. */
export function outcomeOfFailure(error: WeComError): TargetOutcome {
  return withErrcode(resultOfFailure(error), error)
}

/** The result for recipients whose call was not made because of it. */
export function outcomeOfNotStarted(cause: WeComError): TargetOutcome {
  return withErrcode(resultOfNotStarted(cause), cause)
}

function withErrcode(outcome: TargetOutcome, { errcode }: WeComError): TargetOutcome {
  return errcode === undefined ? outcome : { ...outcome, errcode }
}
