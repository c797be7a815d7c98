import { isUtf8 } from "node:buffer"
import { decodeUtf8 } from "@wecom-push/protocol"
import { Problem } from "../problems/problem.ts"
import { cutLists } from "./cut-lists.ts"
import { breaksOff, byteAt, invalidUtf8, mayContainBadText, refuseBadText } from "./json-faults.ts"
import { LongList } from "./long-list.ts"
import { parseJson, withoutMark } from "./read-json.ts"
import type { Span } from "./scan-structure.ts"

/**
 * Reads the body of a message as `readJson` does, except that each list of `to` becomes a `LongList`.
 * @throws {Problem} as `readJson` and `cutLists` do
 */
export function readMessage(sent: Uint8Array): unknown {
  if (sent.length === 0) throw new Problem("body_missing")
  const bytes = withoutMark(sent)
  if (!isUtf8(bytes)) throw invalidUtf8(firstBadByte(bytes) + sent.length - bytes.length)
  return readMessageIn(bytes, { from: 0, to: bytes.length })
}

/**
 * @param bytes valid UTF-8
 * @param span where in the bytes the message is
 */
export function readMessageIn(bytes: Uint8Array, span: Span): unknown {
  const { rest, lists, placeInBody } = cutLists(bytes, span)
  const text = Buffer.from(rest.buffer, rest.byteOffset, rest.length).toString()
  const value = parseJson(text, (place) => breaksOff(bytes, placeInBody(byteAt(rest, place))))
  if (mayContainBadText(text)) refuseBadText(value, [])
  const to = isObject(value) && Object.hasOwn(value, "to") ? value["to"] : undefined
  if (isObject(to)) {
    for (const [name, cut] of Object.entries(to)) {
      const list = Array.isArray(cut) ? lists[Number(cut[0])] : undefined
      // Not by assignment, which would have another effect for a name such as `__proto__`.
      if (list !== undefined) Object.defineProperty(to, name, { value: new LongList(bytes, list), enumerable: true })
    }
  }
  return value
}

function firstBadByte(bytes: Uint8Array): number {
  const decoded = decodeUtf8(bytes)
  return "text" in decoded ? 0 : decoded.invalidAtByte
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
