import { decodeUtf8 } from "@wecom-push/protocol"
import { Problem } from "../problems/problem.ts"
import {
  breaksOff,
  byteAt,
  invalidUtf8,
  mayContainBadText,
  notJson,
  refuseBadText,
  tooManyNames,
  tooManyValues,
} from "./json-faults.ts"
import { pathAt, scanStructure } from "./scan-structure.ts"

/**
 * Reads a JSON body as strictly as it is stored. If a name occurs twice, the last value counts, as with every `JSON.parse`;
 * `__proto__` is a name like any other.
 * @param mostValues how many values it may hold
 * @throws {Problem} `body_missing`, `invalid_utf8`, `too_deep`, `too_many_values`, `too_many_names`, `invalid_json`,
 *   `invalid_text`
 */
export function readJson(sent: Uint8Array, mostValues = MAX_VALUES): unknown {
  if (sent.length === 0) throw new Problem("body_missing")
  const bytes = withoutMark(sent)
  const decoded = decodeUtf8(bytes)
  if (!("text" in decoded)) throw invalidUtf8(decoded.invalidAtByte + sent.length - bytes.length)
  // Checked before parsing: V8 would build ten million levels and keep them in memory; for four million names in one object
  // it would build a table for a minute.
  const { depth, values, manyNamesAt } = scanStructure(bytes, MAX_NAMES)
  if (depth > MAX_DEPTH) throw new Problem("too_deep")
  if (values > mostValues) throw tooManyValues(mostValues)
  if (manyNamesAt !== undefined) throw tooManyNames(pathAt(bytes, manyNamesAt), MAX_NAMES)
  const value = parseJson(decoded.text, (place) => breaksOff(bytes, byteAt(bytes, place)))
  if (mayContainBadText(decoded.text)) refuseBadText(value, [])
  return value
}

export const MAX_DEPTH = 32
/** Room for four million recipients; ten times as many would take a gigabyte while being read. */
export const MAX_VALUES = 5_000_000
/** More names than any object of ours or of WeCom's has. */
export const MAX_NAMES = 1000

/** @throws {Problem} `invalid_json` @param breaksOffAt in UTF-16 units */
export function parseJson(text: string, breaksOffAt: (place: number) => Problem): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw notJson(error, text, breaksOffAt)
  }
}

/** Some Windows programs put a byte order mark before the JSON. */
export function withoutMark(bytes: Uint8Array): Uint8Array {
  return BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
