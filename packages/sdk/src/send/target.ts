import type { Reason } from "../reason.ts"
import type { RecipientState } from "../outcome.ts"

/** Somebody or something a call can name once, however many rows of the audience mean it. */
export interface Target {
  readonly kind: "user" | "department" | "tag" | "all"
  /** As it goes out. */
  readonly id: string
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

export function newTarget(kind: Target["kind"], id: string): Target {
  return { kind, id, fate: PLANNED }
}
