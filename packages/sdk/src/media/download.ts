import type { Fault } from "@wecom-push/protocol"
import type { ApiDownload } from "../api.ts"
import { safeFilename } from "./safe-filename.ts"

/** A part of a file, as `slice` takes it: `end` is the first byte after it, the end of the file unless given. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/** A file, or a part of it. Read `body` or cancel it. */
export interface MediaDownload {
  readonly body: ReadableStream<Uint8Array>
  /** A safe name to save the file under: no path, and no character that a system forbids or a terminal executes. */
  readonly filename: string | undefined
  /** The name as WeCom sent it. Never use it as a path. */
  readonly rawFilename: string | undefined
  readonly contentType: string
  /** Where `body` begins in the file: not 0 only when a range was asked for and given. */
  readonly startByte: number
  /** The length of `body`, when WeCom reports it. */
  readonly lengthBytes: number | undefined
  /** The length of the whole file, when WeCom reports it. */
  readonly totalBytes: number | undefined
}

export function downloadOf({ status, headers, body }: ApiDownload): MediaDownload {
  const lengthBytes = wholeNumber(headers["content-length"])
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? []
  const isPart = status === 206 && start !== undefined
  const rawFilename = filenameIn(headers["content-disposition"] ?? "")
  return {
    body,
    filename: rawFilename === undefined ? undefined : safeFilename(rawFilename),
    rawFilename,
    contentType: headers["content-type"] ?? "",
    startByte: isPart ? Number(start) : 0,
    lengthBytes,
    totalBytes: isPart ? wholeNumber(total) : lengthBytes,
  }
}

export function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === undefined ? "" : end - 1}`
}

export function rangeFaults({ start, end = Infinity }: ByteRange): Fault[] {
  const isRange =
    Number.isSafeInteger(start) && start >= 0 && (end === Infinity || Number.isSafeInteger(end)) && end > start
  return isRange ? [] : [{ path: "range", rule: "bad_format", severity: "error", because: "{ start: 0, end: 1024 }" }]
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** WeCom writes raw UTF-8; the standard's way is the form with a star. */
function filenameIn(disposition: string): string | undefined {
  const [, star] = /filename\*=UTF-8''([^;\s]+)/i.exec(disposition) ?? []
  if (star !== undefined) return unescaped(star)
  const [, quoted, bare] = /filename=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition) ?? []
  // A backslash before any other character is not an escape.
  const name = quoted?.replaceAll(/\\(["\\])/g, "$1") ?? bare
  return name === undefined || name === "" ? undefined : utf8Of(name)
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Each byte of a header comes as one character; text that is not UTF-8 stays as it is. */
function utf8Of(text: string): string {
  const bytes = Array.from(text, (sign) => sign.charCodeAt(0))
  if (bytes.some((byte) => byte > 0xff)) return text
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes))
  } catch {
    return text
  }
}
