import { useridKey } from "../address.ts"

/** A target that a call can name. */
export type TargetKind = "user" | "department" | "tag" | "all" | "chat" | "robot"

export const TARGET_KINDS = [
  "user",
  "department",
  "tag",
  "all",
  "chat",
  "robot",
] as const satisfies readonly TargetKind[]

/** A group robot as a target: its party tells which one, and no body names it. */
export const ROBOT_ITSELF = "robot"

/**
 * The same for all that mean the same member. No userid begins with a blank, so that a department cannot be taken for a member.
 * Of chatids WeCom does not say that case makes no difference: two chats must not be taken for one.
 */
export function targetKey(kind: TargetKind, id: string): string {
  if (kind === "user") return useridKey(id)
  return ` ${kind} ${kind === "chat" ? id : id.toLowerCase()}`
}
