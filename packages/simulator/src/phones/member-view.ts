import { conversationOf } from "../ledger.ts"
import type { SentMessage } from "../ledger.ts"
import type { Org } from "../org/org.ts"
import type { Member } from "../org/types.ts"
import { asMessage, phoneMessage } from "../phone-messages.ts"
import type { LatestMessage, MemberRow, MemberView } from "./feed-events.ts"
import { previewOf } from "./preview.ts"

export function memberView(org: Org, member: Member): MemberView {
  const { userid, name, mobile, email, departments, licensed } = member
  const names = departments.map((id) => org.department(id)?.name ?? String(id))
  return { userid, name, mobile, email, departments: names, licensed }
}

/** @param latest the newest message on the member's phone */
export function memberRow(org: Org, member: Member, latest: SentMessage | undefined): MemberRow {
  return { ...memberView(org, member), latest: latest === undefined ? null : latestView(latest, member.userid) }
}

function latestView(sent: SentMessage, userid: string): LatestMessage | null {
  const copy = phoneMessage(sent, userid)
  if (copy === undefined) return null
  const message = asMessage(copy)
  return {
    at: copy.at,
    conversation: conversationOf(copy),
    msgtype: message.msgtype,
    preview: previewOf(message),
    recalled: copy.recalled === true,
  }
}
