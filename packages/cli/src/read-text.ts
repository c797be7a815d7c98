import { readFileSync, statSync } from "node:fs"
import { decodeUtf8, findBadText } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import type { Io } from "./io.ts"
import { say } from "./texts.ts"

/** A text, or the sentence that says why there is none. */
export type TextRead = { readonly text: string } | { readonly fault: string; readonly why: "missing" | "other" }

/** A million phone numbers need a fifth of it. */
const limitMiB = 64
const limitBytes = limitMiB * 1024 * 1024

/** Reads a UTF-8 file, without its byte order mark. `shown` is how the user wrote the path. */
export function readText(path: string, shown: string, language: Language): TextRead {
  try {
    if (statSync(path).size > limitBytes) return tooLarge(shown, language)
    return decodeText(readFileSync(path), shown, language)
  } catch (error) {
    return unreadable(error, shown, language)
  }
}

export async function readStdin(stdin: Io["stdin"], language: Language): Promise<TextRead> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += chunk.length
    if (size > limitBytes) return tooLarge(say(language, "stdin"), language)
    chunks.push(chunk)
  }
  return decodeText(Buffer.concat(chunks), say(language, "stdin"), language)
}

function decodeText(bytes: Uint8Array, source: string, language: Language): TextRead {
  if (isPacked(bytes)) return { fault: say(language, "fileIsWorkbook", { source }), why: "other" }
  const unmarked = unmarkedUtf16(bytes)
  if (unmarked !== undefined) return { fault: say(language, "otherEncoding", { source, ...unmarked }), why: "other" }
  const decoded = decodeUtf8(bytes)
  if ("text" in decoded) return { text: decoded.text.replace(/^\uFEFF/, "") }
  const position = decoded.invalidAtByte
  const other = otherEncoding(bytes, position)
  if (other !== undefined) return { fault: say(language, "otherEncoding", { source, ...other }), why: "other" }
  const line = lineAt(bytes, position)
  return { fault: say(language, "invalidUtf8", { source, position, line }), why: "other" }
}

/** A zip archive, as workbooks are, or a workbook of the older kind. */
function isPacked(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 4)).toString("hex")
  return start === "504b0304" || start === "d0cf11e0"
}

/** The encoding of a text that is not UTF-8, where it shows: a name for people, and one for `iconv`. */
function otherEncoding(bytes: Uint8Array, invalidAtByte: number): { encoding: string; from: string } | undefined {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { encoding: "UTF-16", from: "UTF-16" }
  }
  // A character that was UTF-8 before the fault: the text is damaged.
  if (bytes.subarray(0, invalidAtByte).some((byte) => byte >= 0x80)) return undefined
  return isChineseGbk(bytes) ? { encoding: "GBK", from: "GB18030" } : undefined
}

/** UTF-16 without a byte order mark: as UTF-8 its digits and Latin letters are text with NUL bytes between. */
function unmarkedUtf16(bytes: Uint8Array): { encoding: string; from: string } | undefined {
  const zeros = [...bytes.subarray(0, 4)].map((byte) => byte === 0).join()
  if (zeros === "false,true,false,true") return { encoding: "UTF-16", from: "UTF-16LE" }
  return zeros === "true,false,true,false" ? { encoding: "UTF-16", from: "UTF-16BE" } : undefined
}

/** Most bytes are GB18030 for something; a text in it has Chinese characters and punctuation. */
function isChineseGbk(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("gb18030", { fatal: true }).decode(bytes)
    return !/[^\p{ASCII}\p{Script=Han}\p{P}\u3000\uFF01-\uFFEE]/u.test(text)
  } catch {
    return false
  }
}

function tooLarge(source: string, language: Language): TextRead {
  return { fault: say(language, "tooLarge", { source, limit: limitMiB }), why: "other" }
}

function unreadable(error: unknown, file: string, language: Language): TextRead {
  const code = codeOf(error)
  if (code === "ENOENT" || code === "ENOTDIR") return { fault: say(language, "fileNotFound", { file }), why: "missing" }
  if (code === "EISDIR") return { fault: say(language, "fileIsDirectory", { file }), why: "other" }
  if (code === "EACCES" || code === "EPERM") return { fault: say(language, "fileForbidden", { file }), why: "other" }
  return { fault: say(language, "fileUnreadable", { file, what: code ?? String(error) }), why: "other" }
}

function lineAt(bytes: Uint8Array, end: number): number {
  let line = 1
  for (let at = bytes.indexOf(10); at !== -1 && at < end; at = bytes.indexOf(10, at + 1)) line++
  return line
}

/** Faults for which a text cannot be sent: WeCom and stores along the way disagree about NUL and half characters. */
export function badTextFault(text: string, source: string, language: Language): string | undefined {
  const bad = findBadText(text)
  if (bad === undefined) return undefined
  const before = text.slice(0, bad.position)
  const where = { source, position: Buffer.byteLength(before), line: before.split("\n").length }
  return bad.rule === "nul" ? say(language, "nulByte", where) : say(language, "loneSurrogate", where)
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
}
