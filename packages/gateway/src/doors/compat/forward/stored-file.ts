import { Readable } from "node:stream"
import type { Caller } from "../callers.ts"
import type { CompatRequest } from "../compat-request.ts"
import type { CompatDeps } from "../deps.ts"
import { Refusal } from "../refusal.ts"
import type { ForwardedAnswer } from "./forwarded-answer.ts"

/**
 * A file stored in the gateway, by the id that the gateway gave, in the form of a `media/get` answer.
 * @returns undefined for an id of WeCom's
 * @throws {Refusal} 40007, 40146
 * @see https://developer.work.weixin.qq.com/document/path/90254
 */
export async function storedFile(
  { stores }: CompatDeps,
  { key }: Caller,
  call: CompatRequest,
  range: string | undefined,
): Promise<ForwardedAnswer | undefined> {
  const id = call.queryText("media_id")
  if (!id.startsWith("med_")) return undefined
  const [medium] = await stores.media.find([id], key.apps)
  const blob = medium === undefined ? undefined : await stores.media.open(medium)
  if (medium === undefined || blob === undefined)
    throw new Refusal(40007, "the key can see no stored file with this id")
  const wanted = readRange(range, blob.size)
  if (wanted === "unreadable") throw new Refusal(40146, `the file has ${blob.size} bytes`)
  const { start, end } = wanted ?? { start: 0, end: blob.size }
  const part = blob.slice(start, end)
  return {
    status: wanted === undefined ? 200 : 206,
    headers: {
      "content-type":
        CONTENT_TYPES[medium.filename.toLowerCase().split(".").at(-1) ?? ""] ?? "application/octet-stream",
      "content-disposition": `attachment; filename="${headerName(medium.filename)}"`,
      "accept-ranges": "bytes",
      "content-length": String(part.size),
      ...(wanted === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${blob.size}` }),
    },
    body: Readable.fromWeb(part.stream()),
  }
}

/** A single range, as WeCom accepts it; undefined if none was requested. */
function readRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | "unreadable" | undefined {
  if (header === undefined) return undefined
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? []
  if (from === "" && to === "") return "unreadable"
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === "" || to === "" ? size : Math.min(size, Number(to) + 1)
  return start < end ? { start, end } : "unreadable"
}

/** As WeCom writes it: UTF-8 between quotes, which Node needs as one character for each byte. */
function headerName(filename: string): string {
  return Buffer.from(filename.replaceAll(/["\\]/g, String.raw`\$&`)).toString("latin1")
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  mp4: "video/mp4",
  amr: "audio/amr",
}
