import { resultOfFailure, resultOfNotStarted, targetKey } from "@wecom-push/protocol/delivery"
import type { Reason, TargetKind } from "@wecom-push/protocol/delivery"
import type { RecipientState } from "../outcome.ts"
import type { WeComError } from "../wecom-error.ts"

/** Somebody or something a call can name once, however many rows of the audience mean it. */
export interface Target {
  readonly kind: TargetKind
  /** As it goes out. */
  readonly id: string
  /** The same for whoever means the same. */
  readonly key: string
  fate: Fate
}

/** What became of a target. One object serves all targets that met the same fate in a call. */
export interface Fate {
  readonly state: RecipientState | "planned"
  readonly errcode?: number
  readonly reason?: Reason
  readonly msgid?: string
}

const PLANNED: Fate = { state: "planned" }

export function newTarget(kind: TargetKind, id: string, key = targetKey(kind, id)): Target {
  return { kind, id, key, fate: PLANNED }
}

/** What a failed call means for those it carried. */
export function fateOfFailure(error: WeComError): Fate {
  return withErrcode(resultOfFailure(error), error)
}

/** What it means for those whose call was therefore not made. */
export function fateOfNotStarted(cause: WeComError): Fate {
  return withErrcode(resultOfNotStarted(cause), cause)
}

function withErrcode(fate: Fate, { errcode }: WeComError): Fate {
  return errcode === undefined ? fate : { ...fate, errcode }
}
