/** How many terminal columns a text takes: Chinese characters and full-width marks take two, joining marks none. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += widthOf(character)
  return width
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)))
}

function widthOf(character: string): number {
  if (/[\p{Mark}\p{Cc}\p{Cf}]/u.test(character)) return 0
  const isWide =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u.test(
      character,
    ) || /\p{Emoji_Presentation}/u.test(character)
  return isWide ? 2 : 1
}
