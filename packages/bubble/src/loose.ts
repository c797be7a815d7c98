/**
 * The fields of a message may have other types than WeCom asks for; these functions read them as well as possible and
 * never throw.
 */
export type Fields = Readonly<Record<string, unknown>>

// WeCom takes no text over 2048 bytes and no list over 20 items. A much longer one would only make the page slow.
const LONGEST_CHARACTERS = 20_000
const MOST_ITEMS = 50

/** Texts, and values that can be shown as text: numbers and booleans. Everything else becomes "". */
export function textOf(value: unknown): string {
  const text = wholeTextOf(value)
  return text.length > LONGEST_CHARACTERS ? `${text.slice(0, LONGEST_CHARACTERS).toWellFormed()}…` : text
}

/** For the content of an article, the only text that may be long. */
export function wholeTextOf(value: unknown): string {
  if (typeof value === "string") return value
  return typeof value === "number" || typeof value === "boolean" ? String(value) : ""
}

export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}

export const isYes = (value: unknown): boolean => value === true || value === "true" || numberOf(value) === 1

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

export const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter(isFields).slice(0, MOST_ITEMS) : []

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
