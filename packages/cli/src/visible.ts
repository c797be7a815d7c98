/**
 * Texts of members, WeCom or files, made safe for a terminal: there control characters are commands, and marks of
 * direction change the order in which the rest is read. Each is shown as `\u001b`; line ends and tabs stay. In a line of
 * JSON this changes nothing for a program that parses it.
 */
export function visible(text: string): string {
  return text.replaceAll(COMMANDS, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

/** The same in one line: a line end in foreign text must not begin a line that looks like ours. */
export function visibleOnOneLine(text: string): string {
  return visible(text.replaceAll(/[\n\r\t\u0085\u2028\u2029]+/g, " "))
}

const COMMANDS = /[^\P{Cc}\n\t]|[\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu
