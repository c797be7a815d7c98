import type { Reading } from "./adapter.ts"

/** WeCom's colours: orange red, green, grey. */
export type Color = "warning" | "info" | "comment"

/** Text from outside, so that it is shown unchanged and on one line. */
export function plain(text: string): string {
  if (!MAY_CHANGE.test(text)) return text
  // WeCom has no escapes; only these two characters could change how a text is shown.
  return text
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/<(?=\/?font|@)/gi, "＜")
}

/** Most labels and names need no change, and a message has dozens of them. */
const MAY_CHANGE = /<|\s\s|[^\S ]|^\s|\s$/

export function colored(color: Color, text: string): string {
  return `<font color="${color}">${plain(text)}</font>`
}

export function linked(text: string, url: string | undefined): string {
  return url !== undefined && /^https?:\/\/[^\s()<>]+$/.test(url) ? `[${plain(text)}](${url})` : plain(text)
}

/** Joins lines of markdown. If WeCom would cut the text, it is cut at the end of a line. */
export function markdownOf(lines: readonly (string | undefined)[]): Reading["content"] {
  const content = lines.filter((line) => line !== undefined && line !== "").join("\n")
  return { msgtype: "markdown", markdown: { content } }
}

/** The first lines that fit beside the rest, and how many do not fit. */
export function fitting(
  lines: readonly string[],
  limitBytes: number,
): { readonly shown: readonly string[]; readonly left: number } {
  let bytes = 0
  const shown: string[] = []
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1
    if (bytes > limitBytes) break
    shown.push(line)
  }
  return { shown, left: lines.length - shown.length }
}
