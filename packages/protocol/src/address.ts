import { byteLength } from "./text/byte-length.ts"

export type UseridFault = "empty" | "everybody" | "contains_bar" | "too_long" | "bad_character"
export type MobileFault = "empty" | "too_short" | "too_long" | "bad_character"
export type EmailFault = "empty" | "too_long" | "not_an_address"

const MAX_USERID_BYTES = 64
const MIN_MOBILE_BYTES = 5
const MAX_MOBILE_BYTES = 32
const MAX_EMAIL_BYTES = 64

/**
 * Why a text is not a userid: a userid has 1 to 64 letters, digits and `-_.@`. `@all` has a fault of its own
 * (`everybody`), as has a bar, which WeCom would read as several userids.
 * @see https://developer.work.weixin.qq.com/document/path/90195
 */
export function checkUserid(userid: string): UseridFault | undefined {
  if (PLAIN_USERID.test(userid)) return userid.toLowerCase() === EVERYBODY ? "everybody" : undefined
  if (userid === "") return "empty"
  if (userid.trim().toLowerCase() === EVERYBODY) return "everybody"
  if (userid.includes("|")) return "contains_bar"
  if (!/^[\w.@-]+$/.test(userid)) return "bad_character"
  return userid.length > MAX_USERID_BYTES ? "too_long" : undefined
}

const PLAIN_USERID = /^[\w.@-]{1,64}$/
const EVERYBODY = "@all"

export const isUserid = (userid: string): boolean => checkUserid(userid) === undefined

/** One key for each member: WeCom ignores the case of a userid and answers in lower case. */
export const useridKey = (userid: string): string => userid.toLowerCase()

export const sameUserid = (one: string, other: string): boolean => useridKey(one) === useridKey(other)

/**
 * Why a text is not a mobile number as WeCom takes it: 5 to 32 digits, plus and minus signs; WeCom answers 60103 to
 * anything else. It does not say whether such a number exists.
 * @see https://developer.work.weixin.qq.com/document/path/95402
 */
export function checkMobile(mobile: string): MobileFault | undefined {
  if (mobile === "") return "empty"
  // Two patterns, because a single one would try every digit as the required one.
  if (!/^[0-9+-]+$/.test(mobile) || !/[0-9]/.test(mobile)) return "bad_character"
  if (mobile.length < MIN_MOBILE_BYTES) return "too_short"
  return mobile.length > MAX_MOBILE_BYTES ? "too_long" : undefined
}

/**
 * The check of a mobile number before it is looked up at WeCom. `strict`: it must be valid by the numbering rules of
 * its country, so that none of the few wrong numbers that WeCom allows is used up. `length`: it has 5 to 32 bytes;
 * WeCom checks the rest.
 */
export const MOBILE_CHECKS = ["strict", "length"] as const
export type MobileCheck = (typeof MOBILE_CHECKS)[number]

export function hasMobileLength(mobile: string): boolean {
  const bytes = byteLength(mobile)
  return bytes >= MIN_MOBILE_BYTES && bytes <= MAX_MOBILE_BYTES
}

/**
 * Why a text is not an email address as WeCom takes it: at most 64 bytes, one `@` with something on both sides; WeCom
 * answers 60105 to anything else.
 * @see https://developer.work.weixin.qq.com/document/path/95895
 */
export function checkEmail(email: string): EmailFault | undefined {
  if (email === "") return "empty"
  if (!/^[^\s@|,;<>"]+@[^\s@|,;<>"]+\.[^\s@|,;<>".]+$/.test(email)) return "not_an_address"
  return byteLength(email) > MAX_EMAIL_BYTES ? "too_long" : undefined
}

/** Shows enough of a number to recognise one's own: `138****0001`. Short ones keep their last two digits. */
export function maskMobile(mobile: string): string {
  if (mobile.length < 11) return `${"*".repeat(Math.max(mobile.length - 2, 0))}${mobile.slice(-2)}`
  return `${mobile.slice(0, -8)}****${mobile.slice(-4)}`
}

/** Keeps the first character and the domain: `z****@example.com`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@")
  const [first = ""] = email
  return at < 1 ? "****" : `${first}****${email.slice(at)}`
}
