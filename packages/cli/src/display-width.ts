import stringWidth from "fast-string-width"

/** How many terminal columns a text takes: Chinese characters and full-width marks take two, joining marks none. */
export function displayWidth(text: string): number {
  return stringWidth(text)
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)))
}
