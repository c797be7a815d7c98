import type { RecipientDetail, RecipientType } from "./recipients.ts"

/** Why a recipient was final when its message was accepted; the SDK's word where it has one. */
export function malformedReason(type: RecipientType): string {
  if (type === "user") return "malformed_userid"
  return type === "chat" ? "malformed_chatid" : `malformed_${type}`
}

/**
 * Whether the recipient was refused for its form when its message was accepted. No later try changes that; WeCom was
 * not asked.
 */
export function isMalformed(detail: RecipientDetail | undefined): boolean {
  return detail?.errcode === undefined && /^(?:malformed|impossible)_/.test(detail?.reason ?? "")
}
