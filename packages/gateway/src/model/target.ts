import { ROBOT_ITSELF } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import type { RecipientChunk, RecipientPosition, RecipientType } from "./recipients.ts"

/** A member, department, tag or @all. A call names it once, however many recipients of the message mean it. */
export interface CallTarget {
  readonly kind: TargetKind
  /** The id that is sent to WeCom. */
  readonly id: string
  /** Equal for all spellings of the same target. */
  readonly key: string
  /** The recipients that this target means, in order. */
  readonly positions: readonly RecipientPosition[]
  /** One for each of `positions`: the userid was remembered, not looked up just now. */
  readonly remembered: readonly boolean[]
}

/** A target to which recipients can still be added. */
export interface OpenTarget extends CallTarget {
  readonly positions: RecipientPosition[]
  readonly remembered: boolean[]
}

/** Adds another recipient that means the same target. */
export function addTo(target: OpenTarget, position: RecipientPosition, isRemembered: boolean): void {
  target.positions.push(position)
  target.remembered.push(isRemembered)
}

/** Undefined for a recipient that has to be looked up first. */
export function targetOf(chunk: RecipientChunk, slot: number): { kind: TargetKind; id: string } | undefined {
  const type = chunk.types[slot]
  const address = chunk.addresses[slot]
  if (type === undefined || address === undefined) return undefined
  if (isLookedUp(type)) {
    const userid = chunk.userids[slot]
    return userid == null ? undefined : { kind: "user", id: userid }
  }
  if (type === "robot") return { kind: "robot", id: ROBOT_ITSELF }
  return type === "all" ? { kind: "all", id: EVERYBODY } : { kind: type, id: address }
}

/** The reason for which a target with a full window waits. */
export function rateReason(kind: TargetKind): "member_rate" | "target_rate" {
  return kind === "chat" || kind === "robot" ? "target_rate" : "member_rate"
}

export function isLookedUp(type: RecipientType): type is "mobile" | "email" {
  return type === "mobile" || type === "email"
}

const EVERYBODY = "@all"
