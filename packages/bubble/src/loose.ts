/** What a message says may be of another type than WeCom asks for: these read it as well as can be and never throw. */
export type Fields = Readonly<Record<string, unknown>>

// WeCom takes no text over 2048 bytes and no list over 20 items. What is far beyond would only stall the page.
const LONGEST_CHARACTERS = 20_000
const MOST_ITEMS = 50

/** Texts, and values that can be shown as one: numbers and booleans. Everything else is nothing. */
export function textOf(value: unknown): string {
  const text = wholeTextOf(value)
  return text.length > LONGEST_CHARACTERS ? `${text.slice(0, LONGEST_CHARACTERS).toWellFormed()}…` : text
}

/** For the one text that may be long: the content of an article. */
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
