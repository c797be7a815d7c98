import type { HttpAnswer } from "../http-answer.ts"
import type { MediaFile } from "./media-library.ts"
import { readRange } from "./range.ts"

/** The whole file, or the part of it that a `Range` header asks for; undefined when that cannot be given. */
export function fileAnswer(file: MediaFile, range: string | undefined): HttpAnswer | undefined {
  const { bytes, format } = file
  const wanted = readRange(range, bytes.length)
  if (wanted === null) return undefined
  const headers = {
    "content-type": CONTENT_TYPES.get(format ?? "") ?? "application/octet-stream",
    "content-disposition": `attachment; filename="${headerText(file.filename)}"`,
    "accept-ranges": "bytes",
  }
  if (wanted === undefined) return { status: 200, headers, body: bytes }
  const { start, end } = wanted
  const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`
  return { status: 206, headers: { ...headers, "content-range": contentRange }, body: bytes.subarray(start, end) }
}

/** As it goes between quotes: in bytes of UTF-8, which Node wants as one character each. */
function headerText(filename: string): string {
  return Buffer.from(filename.replaceAll(/["\\]/g, String.raw`\$&`)).toString("latin1")
}

/** Kinds that a browser may show. */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ["jpg", "image/jpeg"],
  ["png", "image/png"],
  ["apng", "image/png"],
  ["mp4", "video/mp4"],
  ["m4v", "video/mp4"],
  ["amr", "audio/amr"],
])
