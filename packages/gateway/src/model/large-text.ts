/**
 * A text of this many characters or more is kept, hashed and stored apart from others: some megabytes take tens of
 * milliseconds.
 */
export const LARGE_TEXT = 65_536

export function isLarge(texts: readonly string[]): boolean {
  return texts.reduce((sum, text) => sum + text.length, 0) > LARGE_TEXT
}
