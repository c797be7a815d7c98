/** From so many characters on, a text is kept, hashed and stored apart from others: tens of milliseconds for some megabytes. */
export const LARGE_TEXT = 65_536

export function isLarge(texts: readonly string[]): boolean {
  return texts.reduce((sum, text) => sum + text.length, 0) > LARGE_TEXT
}
