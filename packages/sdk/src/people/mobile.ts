import { checkMobile, hasMobileLength } from "@wecom-push/protocol"
import type { MobileCheck } from "@wecom-push/protocol"

/** @returns the number that WeCom is asked for; undefined when it cannot be one by this check */
export async function mobileToAsk(written: string, check: MobileCheck): Promise<string | undefined> {
  return (await normalizeMobile(written)) ?? (check === "length" ? mobileByLength(written) : undefined)
}

/**
 * A number that the rules may call impossible, as WeCom is asked for it all the same: without what only spaces it out
 * where that gives a form that WeCom takes; else as it was written.
 * @returns undefined when it has less than 5 bytes or more than 32
 */
export function mobileByLength(written: string): string | undefined {
  if (written.length > MAX_WRITTEN_LENGTH || !written.isWellFormed()) return undefined
  const number = closedUp(written)
  if (checkMobile(number) === undefined) return number
  const asWritten = written.trim()
  return hasMobileLength(asWritten) && !/\p{Cc}/u.test(asWritten) ? asWritten : undefined
}

/** Of what the rules refuse: is it a number all the same, of which WeCom may know more? */
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
 * The form in which WeCom knows a mobile: `13800000001` for China, `+85291234567` elsewhere. Spaces, hyphens,
 * brackets, full-width digits and the prefixes +86, 0086 and 86 are forgiven.
 * @returns undefined when it cannot be a mobile; asking WeCom would only spend one of the few wrong numbers it allows
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

/** The form nearly all numbers have: no normalising, and no wait, for a hundred thousand of them. */
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
/** Signs between the digits of a number that make it easier to read, hyphens apart. */
const SPACING = /[\s\u200B-\u200F\u202A-\u202E\u2060\uFEFF().]/gu
