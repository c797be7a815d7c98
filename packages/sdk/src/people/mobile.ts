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
  return normalizeForeign(plain)
}

/** The form nearly all numbers have: no normalising, and no wait, for a hundred thousand of them. */
export function isPlainMobile(written: string): boolean {
  return CHINESE_MOBILE.test(written)
}

const CHINESE_MOBILE = /^1\d{10}$/

/** NFKC turns full-width digits, plus signs and spaces into the plain ones. */
function plainMobile(written: string): string | undefined {
  if (written.length > MAX_WRITTEN_LENGTH) return undefined
  const plain = written.normalize("NFKC").replaceAll(/[\s\u200B-\u200F\u202A-\u202E\u2060\uFEFF().\p{Dash}]/gu, "")
  return /^\+?\d{5,31}$/.test(plain) ? plain : undefined
}

const MAX_WRITTEN_LENGTH = 64

async function normalizeForeign(plain: string): Promise<string | undefined> {
  // Loaded only here: its metadata cost 55 ms and 6 MB, and nearly every number is Chinese.
  const { parsePhoneNumberFromString } = await import("libphonenumber-js/mobile")
  const international = plain.startsWith("00") ? `+${plain.slice(2)}` : plain
  const parsed = parsePhoneNumberFromString(international, "CN")
  if (parsed === undefined || !parsed.isValid()) return undefined
  return parsed.countryCallingCode === "86" ? parsed.nationalNumber : parsed.number
}
