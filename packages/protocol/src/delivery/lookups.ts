import { classOf, pausesApp, TOO_MANY_CALLS } from "./errcode-rules.ts"
import type { WeComAnswer } from "./wecom-answer.ts"
import { isSendableUserid } from "./sendable-userid.ts"

/** The meaning of an answer to a look-up for the number or address. */
export type LookupAnswer =
  | { readonly kind: "found"; readonly userid: string }
  | { readonly kind: "not_found"; readonly reason: "no_visible_member" }
  | { readonly kind: "invalid"; readonly reason: "malformed_mobile" | "malformed_email" }
  /** WeCom has closed the look-ups of the corp. */
  | { readonly kind: "closed" }
  /** No result: WeCom is busy, the app may do nothing, or the answer has no userid. */
  | { readonly kind: "nothing" }
  /** WeCom refuses the question, and would refuse it again. */
  | { readonly kind: "refused" }

/**
 * @param api `user/getuserid` or `user/get_userid_by_email`
 * @see https://developer.work.weixin.qq.com/document/path/95402
 * @see https://developer.work.weixin.qq.com/document/path/95895
 */
export function readLookup(answer: WeComAnswer, api: string): LookupAnswer {
  const { errcode } = answer
  const userid = answer["userid"]
  if (errcode === 0) return isSendableUserid(userid) ? { kind: "found", userid } : NOTHING
  if (errcode === TOO_MANY_CALLS) return CLOSED
  if (NO_MEMBER.has(errcode)) return NOT_FOUND
  if (errcode === 60103) return MALFORMED_MOBILE
  if (errcode === 60105) return MALFORMED_EMAIL
  return classOf(errcode, api) === "transient" || pausesApp(errcode) ? NOTHING : REFUSED
}

/** WeCom's codes for: no member has it, or none whom the app may see. */
const NO_MEMBER: ReadonlySet<number> = new Set([46004, 60111, 60146, 60147, 60148])

const NOTHING: LookupAnswer = { kind: "nothing" }
const CLOSED: LookupAnswer = { kind: "closed" }
const REFUSED: LookupAnswer = { kind: "refused" }
const NOT_FOUND: LookupAnswer = { kind: "not_found", reason: "no_visible_member" }
const MALFORMED_MOBILE: LookupAnswer = { kind: "invalid", reason: "malformed_mobile" }
const MALFORMED_EMAIL: LookupAnswer = { kind: "invalid", reason: "malformed_email" }

/** Whether the answer shows that WeCom takes look-ups again; "busy" does not. */
export function showsLookupsOpen({ kind }: LookupAnswer): boolean {
  return kind !== "closed" && kind !== "nothing"
}

/** A remembered answer of `user/getuserid` or `get_userid_by_email`. `userid` is null for a miss. */
export interface LookupRecord {
  readonly userid: string | null
  /** Milliseconds since 1970. */
  readonly storedAt: number
}

/** The part of an answer that is remembered; undefined when the next answer may differ. */
export function recordOf(answer: LookupAnswer, now: number): LookupRecord | undefined {
  if (answer.kind === "found") return { userid: answer.userid, storedAt: now }
  return answer.kind === "not_found" ? { userid: null, storedAt: now } : undefined
}

export interface LookupLifetimes {
  readonly hitLifetimeMs: number
  readonly missLifetimeMs: number
}

/** Numbers seldom change their owners; a person who was missing may have been added since. */
export const LOOKUP_LIFETIMES: LookupLifetimes = { hitLifetimeMs: 7 * 24 * 3_600_000, missLifetimeMs: 24 * 3_600_000 }

/** Whether a record may be used as an answer. A record from the future may not: the clock was set back in the meantime. */
export function isUsableRecord({ userid, storedAt }: LookupRecord, now: number, lifetimes: LookupLifetimes): boolean {
  if (userid !== null && !isSendableUserid(userid)) return false
  const ageMs = now - storedAt
  return ageMs >= 0 && ageMs < (userid === null ? lifetimes.missLifetimeMs : lifetimes.hitLifetimeMs)
}

/** Records of a store are checked before they are used. */
export function isLookupRecord(value: unknown): value is LookupRecord {
  if (typeof value !== "object" || value === null) return false
  const { userid, storedAt }: { userid?: unknown; storedAt?: unknown } = value
  return (userid === null || typeof userid === "string") && typeof storedAt === "number"
}

/** At most this many in a window of this length. */
export interface PaceRule {
  readonly limit: number
  readonly windowMs: number
}

export const LOOKUPS_PER_MINUTE = 9_000
export const LOOKUPS_PER_HOUR = 140_000

/**
 * Below WeCom's 10,000 and 150,000, since other programs of the corp also make look-ups. @see
 * https://developer.work.weixin.qq.com/document/path/90312
 */
export const LOOKUP_PACE: readonly PaceRule[] = [
  { limit: LOOKUPS_PER_MINUTE, windowMs: 60_000 },
  { limit: LOOKUPS_PER_HOUR, windowMs: 3_600_000 },
]
