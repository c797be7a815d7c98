/** Characters that begin markup anywhere in a line. */
const ANYWHERE = /[\\`*_~[\]<]/g

/** Headings, quotes and lists begin at the start of a line. */
const AT_LINE_START = /^(\s*)([#>+-])/gm
const NUMBERED = /^(\s*\d+)([.)])(?=\s)/gm

/**
 * A plain text as markdown that reads the same, for robots that can send no text. It grows by a byte for each character
 * that would begin markup.
 */
export function escapeMarkdown(text: string): string {
  return text.replace(ANYWHERE, "\\$&").replace(AT_LINE_START, "$1\\$2").replace(NUMBERED, "$1\\$2")
}
