import { parsePhoneNumberFromString } from "libphonenumber-js/mobile"

/**
 * A number of any country by its numbering rules, such as `+85291234567`; a Chinese one without its +86. Loaded only
 * for the first such number: the metadata costs 55 ms and 6 MB, and nearly every number is Chinese. In the published
 * package only this file contains the metadata, because the library brings 13 MB of which a hundredth is used.
 * @returns undefined when it cannot be a number
 */
export function normalizeForeign(plain: string): string | undefined {
  const international = plain.startsWith("00") ? `+${plain.slice(2)}` : plain
  const parsed = parsePhoneNumberFromString(international, "CN")
  if (parsed === undefined || !parsed.isValid()) return undefined
  return parsed.countryCallingCode === "86" ? parsed.nationalNumber : parsed.number
}
