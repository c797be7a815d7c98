import { checkMobile, hasMobileLength } from "@wecom-push/protocol"
import type { MobileCheck } from "@wecom-push/protocol"

/** @returns the number to look up at WeCom; undefined when it cannot be one by this check */
export async function mobileToAsk(written: string, check: MobileCheck): Promise<string | undefined> {
  return (await normalizeMobile(written)) ?? (check === "length" ? mobileByLength(written) : undefined)
}

/**
 * The form in which WeCom is asked for a number that the rules may call impossible: without spacing characters if WeCom
 * takes that form, else as it was written.
 * @returns undefined when it has less than 5 bytes or more than 32
 */
export function mobileByLength(written: string): string | undefined {
  if (written.length > MAX_WRITTEN_LENGTH || !written.isWellFormed()) return undefined
  const number = closedUp(written)
  if (checkMobile(number) === undefined) return number
  const asWritten = written.trim()
  return hasMobileLength(asWritten) && !/\p{Cc}/u.test(asWritten) ? asWritten : undefined
}

/**
 * Why the rules refuse a number: `impossible_mobile` is still a number, of which WeCom may know more;
 * `malformed_mobile` is none.
 */
export function whyNoMobile(written: string): "impossible_mobile" | "malformed_mobile" {
  const isLong = written.length > MAX_WRITTEN_LENGTH
  return !isLong && checkMobile(closedUp(written)) === undefined ? "impossible_mobile" : "malformed_mobile"
}

/** NFKC turns full-width digits, plus signs and spaces into the plain ones. */
function closedUp(written: string): string {
  return written
    .normalize("NFKC")
    .replaceAll(SPACING, "")
    .replaceAll(/\p{Dash}/gu, "-")
}

/**
 * The form in which WeCom knows a mobile: `13800000001` for China, `+85291234567` elsewhere. Spaces, hyphens, brackets,
 * full-width digits and the prefixes +86, 0086 and 86 are accepted.
 * @returns undefined when it cannot be a mobile; a look-up would only use up one of the few wrong numbers that WeCom
 * allows
 * @see https://developer.work.weixin.qq.com/document/path/95402
 */
export async function normalizeMobile(written: string): Promise<string | undefined> {
  if (CHINESE_MOBILE.test(written)) return written
  const plain = plainMobile(written)
  if (plain === undefined) return undefined
  const chinese = plain.replace(/^(?:\+86|0086|86)(?=1\d{10}$)/, "")
  if (CHINESE_MOBILE.test(chinese)) return chinese
  const { normalizeForeign } = await import("./foreign-mobile.ts")
  return normalizeForeign(plain)
}

/**
 * Nearly all numbers have this form: for them nothing is normalised and nothing awaited, which matters for a hundred
 * thousand.
 */
export function isPlainMobile(written: string): boolean {
  return CHINESE_MOBILE.test(written)
}

const CHINESE_MOBILE = /^1\d{10}$/

function plainMobile(written: string): string | undefined {
  if (written.length > MAX_WRITTEN_LENGTH) return undefined
  const plain = closedUp(written).replaceAll("-", "")
  return /^\+?\d{5,31}$/.test(plain) ? plain : undefined
}

const MAX_WRITTEN_LENGTH = 64
/** Characters between digits that make a number easier to read, except hyphens. */
const SPACING = /[\s\u200B-\u200F\u202A-\u202E\u2060\uFEFF().]/gu
