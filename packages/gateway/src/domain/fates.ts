import { readSendAnswer, useridKey } from "@wecom-push/protocol"
import type { ApiAnswer } from "@wecom-push/sdk"
import { ALL_INVALID } from "./judge.ts"
import type { RecipientState } from "./states.ts"
import { targetKey } from "./target.ts"
import type { Target } from "./target.ts"

/** What an answer made of a target. */
interface Fate {
  readonly state: RecipientState
  readonly reason?: string
}

export interface Fates {
  of(target: Target): Fate
  /** Ids that WeCom complained about and the call did not name: nobody is judged by them. */
  readonly strangers: readonly string[]
}

/**
 * Who got it, by an answer of errcode 0 or 81013. errcode 0 does not mean that anybody did: WeCom skips whom it does
 * not know, cannot see or finds unlicensed, and lists them, members in lower case.
 * @param isSuppressed the caller's own duplicate check kept it back, and nothing in the answer says so
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function readFates(targets: readonly Target[], answer: ApiAnswer, isSuppressed: boolean): Fates {
  const { invalidUsers, invalidDepartments, invalidTags, unlicensedUsers } = readSendAnswer(answer)
  const others = answer.errcode === ALL_INVALID ? OUT_OF_SIGHT : isSuppressed ? SUPPRESSED : SENT
  const complaints = invalidUsers.length + unlicensedUsers.length + invalidDepartments.length + invalidTags.length
  if (complaints === 0) return { of: () => others, strangers: [] }

  const listed = new Map<string, Fate>()
  for (const id of invalidUsers) listed.set(useridKey(id), OUT_OF_SIGHT)
  for (const id of unlicensedUsers) listed.set(useridKey(id), UNLICENSED)
  for (const id of invalidDepartments) listed.set(targetKey("department", id), OUT_OF_SIGHT)
  for (const id of invalidTags) listed.set(targetKey("tag", id), OUT_OF_SIGHT)
  const fates = new Map<Target, Fate>()
  const strangers = new Set(listed.keys())
  for (const target of targets) {
    const fate = listed.get(nameInAnswer(target))
    if (fate === undefined) continue
    fates.set(target, fate)
    strangers.delete(nameInAnswer(target))
  }
  return { of: (target) => fates.get(target) ?? others, strangers: [...strangers].map((name) => name.trim()) }
}

const SENT: Fate = { state: "sent" }
const SUPPRESSED: Fate = { state: "suppressed" }
const OUT_OF_SIGHT: Fate = { state: "invalid", reason: "outside_visible_range" }
const UNLICENSED: Fate = { state: "unlicensed", reason: "no_licence" }

function nameInAnswer({ kind, id, key }: Target): string {
  return kind === "all" ? useridKey(id) : key
}
