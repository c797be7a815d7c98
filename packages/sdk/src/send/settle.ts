import { readSendAnswer, useridKey } from "@wecom-push/protocol"
import type { ApiAnswer } from "../api.ts"
import type { Fate, Target } from "./target.ts"

export interface Settlement {
  readonly fateOf: (target: Target) => Fate
  /** Ids WeCom complained about that the call did not name. */
  readonly strangers: readonly string[]
}

/** Nobody is left to send to: all users, departments and tags are invalid or out of reach. */
export const ALL_INVALID = 81013

/**
 * Reads who got it from an answer of errcode 0 or 81013. errcode 0 does not mean that anybody did: WeCom skips whom it
 * does not know, cannot see or finds unlicensed, and lists them, users in lower case.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function settleAnswer(targets: readonly Target[], answer: ApiAnswer): Settlement {
  const { errcode } = answer
  const { invalidUsers, invalidDepartments, invalidTags, unlicensedUsers, msgid } = readSendAnswer(answer)
  const refused: Fate = { state: "invalid", errcode, reason: "outside_visible_range" }
  const sent: Fate = msgid === undefined ? { state: "sent", errcode } : { state: "sent", errcode, msgid }
  const others = errcode === ALL_INVALID ? refused : sent
  const complaints = [invalidUsers, invalidDepartments, invalidTags, unlicensedUsers]
  if (complaints.every(({ length }) => length === 0)) return { fateOf: () => others, strangers: [] }

  const unlicensed: Fate = { state: "unlicensed", errcode, reason: "no_licence" }
  const listed = new Map<string, Fate>()
  for (const id of invalidUsers) listed.set(`user ${useridKey(id)}`, refused)
  for (const id of unlicensedUsers) listed.set(`user ${useridKey(id)}`, unlicensed)
  for (const id of invalidDepartments) listed.set(`department ${id}`, refused)
  for (const id of invalidTags) listed.set(`tag ${id}`, refused)

  const names = new Set(targets.map(nameInAnswer))
  return {
    fateOf: (target) => listed.get(nameInAnswer(target)) ?? others,
    strangers: [...listed.keys()].filter((name) => !names.has(name)),
  }
}

function nameInAnswer({ kind, id }: Target): string {
  return kind === "user" || kind === "all" ? `user ${useridKey(id)}` : `${kind} ${id}`
}
