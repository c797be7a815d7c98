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

/** A group robot as a target: its party says which robot; no body names it. */
export const ROBOT_ITSELF = "robot"

/**
 * The key is equal for all ids that mean the same target. No userid begins with a blank, so a department's key cannot
 * be that of a member. Chatids keep their case: WeCom does not say that case makes no difference, and two chats must
 * not become one.
 */
export function targetKey(kind: TargetKind, id: string): string {
  if (kind === "user") return useridKey(id)
  return ` ${kind} ${kind === "chat" ? id : id.toLowerCase()}`
}
