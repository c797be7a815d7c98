import { useridKey } from "../address.ts"
import { ALL_INVALID } from "./errcode-rules.ts"
import type { SendAnswer } from "./answer.ts"
import { targetKey } from "./call-target.ts"
import type { TargetKind } from "./call-target.ts"

/** The state of a recipient according to an answer. */
export type AnsweredState = "sent" | "suppressed" | "invalid" | "unlicensed"

export interface RecipientResults {
  /** @param key the one of `targetKey` */
  of(kind: TargetKind, key: string): AnsweredState
  /** Ids that WeCom complained about and the call did not name, such as `user stranger`: they change no result. */
  unknownIds(named: Iterable<NamedTarget>): readonly string[]
}

interface NamedTarget {
  readonly kind: TargetKind
  readonly key: string
}

/**
 * The result of each recipient, from an answer of errcode 0 or 81013. errcode 0 does not mean that any recipient got
 * it: WeCom skips those that it does not know, cannot see or finds unlicensed, and lists them, members in lower case.
 * @param isSuppressed the caller's own duplicate check hid it; the answer does not show that
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function recipientResults(errcode: number, lists: SendAnswer, isSuppressed = false): RecipientResults {
  const { invalidUsers, invalidDepartments, invalidTags, unlicensedUsers } = lists
  const others = errcode === ALL_INVALID ? "invalid" : isSuppressed ? "suppressed" : "sent"
  const complaints = invalidUsers.length + unlicensedUsers.length + invalidDepartments.length + invalidTags.length
  if (complaints === 0) return { of: () => others, unknownIds: noIds }

  const listed = new Map<string, AnsweredState>()
  for (const id of invalidUsers) listed.set(useridKey(id), "invalid")
  for (const id of unlicensedUsers) listed.set(useridKey(id), "unlicensed")
  for (const id of invalidDepartments) listed.set(targetKey("department", id), "invalid")
  for (const id of invalidTags) listed.set(targetKey("tag", id), "invalid")
  return {
    of: (kind, key) => listed.get(nameInAnswer(kind, key)) ?? others,
    unknownIds: (named) => {
      const unknown = new Set(listed.keys())
      for (const { kind, key } of named) unknown.delete(nameInAnswer(kind, key))
      return [...unknown].map((name) => (name.startsWith(" ") ? name.trim() : `user ${name}`))
    },
  }
}

/** `@all` is in the list of members. */
function nameInAnswer(kind: TargetKind, key: string): string {
  return kind === "all" ? EVERYBODY : key
}

const EVERYBODY = "@all"
const noIds = (): readonly string[] => []

/** Why a recipient did not get the message. */
export const ANSWERED_REASONS = {
  sent: undefined,
  suppressed: undefined,
  invalid: "outside_visible_range",
  unlicensed: "no_licence",
} as const satisfies Readonly<Record<AnsweredState, string | undefined>>

/** The rest of a message is useless to a recipient who did not get its beginning. */
export function getsNextPart(state: string): boolean {
  return state === "sent" || state === "suppressed"
}

/**
 * A remembered userid that WeCom refuses may be stale: the number may have a new owner, so it is looked up again and
 * the message sent to the new owner.
 */
export function isLookedUpAnew(state: string, isRemembered: boolean): boolean {
  return state === "invalid" && isRemembered
}
