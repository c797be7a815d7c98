/** What makes an entry no number, where the entry itself shows it. The texts have a sentence for each. */
export type OddNumber = "numberShortened" | "noNumberInIt" | "moreThanNumber"

export function oddNumber(entry: string): OddNumber | undefined {
  if (/^\d(?:\.\d+)?E\+?\d+$/i.test(entry)) return "numberShortened"
  if (!/\p{N}/u.test(entry)) return "noNumberInIt"
  return COLUMNS.test(entry) || holdsMore(entry.normalize("NFKC")) ? "moreThanNumber" : undefined
}

/** Signs between the columns of a table, and in no number. */
export const COLUMNS = /[,;:|\t，；：、]/

/** A word, or another number, beside one. */
function holdsMore(entry: string): boolean {
  const hasWord = /\p{L}/u.test(entry)
  // Spaces and brackets may divide the digits of a foreign number in any way.
  if (hasWord || entry.startsWith("+")) return hasWord && entry.replaceAll(/\D/g, "").length >= LEAST_DIGITS
  const mobile = /(?<!\d)1\d{10}(?!\d)/.exec(entry)?.[0]
  return mobile !== undefined && /\d/.test(entry.replace(mobile, "").replace(/(?:00)?86/, ""))
}

const LEAST_DIGITS = 7
