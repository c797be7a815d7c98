import { Problem } from "../problems/problem.ts"
import { errorOfFault, refuse } from "./issues.ts"
import { tooManyNames, tooManyValues } from "./json-faults.ts"
import { MAX_DEPTH, MAX_NAMES, MAX_VALUES } from "./read-json.ts"
import { endOfString, nameIn, pathAt } from "./scan-structure.ts"
import type { Span } from "./scan-structure.ts"

/**
 * A list of an audience and its place in a body: from just after the opening bracket up to the closing one. It is not empty.
 */
export interface ListSpan extends Span {
  readonly name: string
  readonly length: number
  /** Where each thousandth item starts, the first one included. */
  readonly starts: readonly number[]
}

export interface CutBody {
  /** The body with the content of each list replaced by the number of the list. */
  readonly rest: Uint8Array
  readonly lists: readonly ListSpan[]
  /** Converts a byte position in the rest to the position in the body. */
  readonly placeInBody: (placeInRest: number) => number
}

/**
 * Cuts the lists of `to` out of the body of a message, so that the rest can be parsed at once and the lists piece by piece.
 * It cuts out all arrays in `to` except empty ones. Invalid JSON stays invalid, and parsing the rest reports it.
 * @param span where in these bytes the message is
 * @throws {Problem} `too_deep`, `too_many_values`, `too_many_names`, `body_too_large` for what is beside the lists,
 *   `unknown_field` and `wrong_type` where there are arrays or objects in a list
 */
export function cutLists(bytes: Uint8Array, { from: start, to: end }: Span): CutBody {
  const kept: Uint8Array[] = []
  const places: { readonly inRest: number; readonly inBody: number }[] = []
  const lists: ListSpan[] = []
  let restLength = 0
  let keptFrom = start
  let depth = 0
  let values = 0
  let listed = 0
  let name: Span = { from: start, to: start }
  /** The next value is that of the message's `to`, or is inside of it. */
  let [isToNext, isInTo] = [false, false]
  const keep = (piece: Uint8Array, inBody: number): void => {
    places.push({ inRest: restLength, inBody })
    kept.push(piece)
    restLength += piece.length
    if (restLength > MAX_REST_BYTES) throw restTooLarge()
  }

  for (let at = start; at < end; at++) {
    switch (bytes[at]) {
      case QUOTE: {
        const from = at
        at = endOfString(bytes, at + 1)
        name = { from, to: at + 1 }
        break
      }
      case OPEN_BRACKET:
        if (isInTo && depth === 2) {
          const list = spanOfList(bytes, { from: at + 1, to: end }, nameIn(bytes, name))
          listed += list.length
          if (listed > MAX_VALUES) throw tooManyValues(MAX_VALUES)
          if (list.length > 0) {
            keep(bytes.subarray(keptFrom, at + 1), keptFrom)
            keep(new TextEncoder().encode(String(lists.length)), list.from)
            lists.push(list)
            keptFrom = list.to
          }
          at = list.to - 1
        }
        names[++depth] = 0
        if (depth > MAX_DEPTH) throw new Problem("too_deep")
        if (++values > MAX_REST_VALUES) throw tooManyRestValues()
        break
      case OPEN_BRACE:
        isInTo ||= isToNext && depth === 1
        names[++depth] = 0
        if (depth > MAX_DEPTH) throw new Problem("too_deep")
        if (++values > MAX_REST_VALUES) throw tooManyRestValues()
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (--depth === 1) isInTo = false
        break
      case COLON:
        names[depth] = (names[depth] ?? 0) + 1
        if ((names[depth] ?? 0) > MAX_NAMES) throw tooManyNames(pathAt(bytes, at), MAX_NAMES)
        if (depth === 1) isToNext = nameIn(bytes, name) === "to"
        break
      case COMMA:
        if (++values > MAX_REST_VALUES) throw tooManyRestValues()
        if (depth === 1) isToNext = false
        break
      case undefined:
      default:
    }
  }
  keep(bytes.subarray(keptFrom, end), keptFrom)
  return {
    rest: Buffer.concat(kept),
    lists,
    placeInBody: (placeInRest) => {
      const last = places.findLast(({ inRest }) => inRest <= placeInRest)
      return last === undefined ? placeInRest : last.inBody + placeInRest - last.inRest
    },
  }
}

/** The list up to its closing bracket, or up to another bracket where the JSON is broken. */
function spanOfList(bytes: Uint8Array, { from, to: end }: Span, name: string): ListSpan {
  const starts = [from]
  let commas = 0
  let isBlank = true
  let at = from
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte === COMMA) {
      if (++commas % PIECE_LENGTH === 0) starts.push(at + 1)
    } else if (byte === QUOTE) at = endOfString(bytes, at + 1)
    else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) break
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) throw notAnAddress(name, commas)
    if (byte > BLANK) isBlank = false
  }
  return { name, from, to: Math.min(at, end), starts, length: isBlank ? 0 : commas + 1 }
}

/** The problem for an array or object in a list, which could be as large as another body. */
function notAnAddress(name: string, index: number): Problem {
  const expected = ITEM_TYPES.get(name)
  const fault =
    expected === undefined
      ? ({ path: `to.${name}`, rule: "unknown_field", severity: "error" } as const)
      : ({ path: `to.${name}[${index}]`, rule: "wrong_type", severity: "error", because: expected } as const)
  return refuse([errorOfFault(fault)])
}

function restTooLarge(): Problem {
  const limit = MAX_REST_BYTES / (1024 * 1024)
  return new Problem("body_too_large", {
    detail: {
      en: `Without the lists of /to the message is over ${limit} MiB, the most that it may have.`,
      zh: `除 /to 中的列表外，消息超过上限 ${limit} MiB。`,
    },
  })
}

function tooManyRestValues(): Problem {
  const limit = MAX_REST_VALUES.toLocaleString("en")
  return new Problem("too_many_values", {
    detail: {
      en: `Beside the lists of /to a message holds at most ${limit} values.`,
      zh: `除 /to 中的列表外，一条消息最多包含 ${limit} 个值。`,
    },
  })
}

const ITEM_TYPES: ReadonlyMap<string, string> = new Map([
  ["users", "string"],
  ["mobiles", "string"],
  ["emails", "string"],
  ["departments", "integer"],
  ["tags", "integer"],
  ["chats", "string"],
])

/** As many items are parsed at once as fill a chunk. */
export const PIECE_LENGTH = 1000
/** Twice eight articles of 666 K each, which is the longest of WeCom's messages; JSON may escape what is in them. */
const MAX_REST_BYTES = 16 * 1024 * 1024
/** The longest message has a few hundred. */
const MAX_REST_VALUES = 10_000

/** How many names the open object at each level has so far. */
const names = new Uint32Array(MAX_DEPTH + 2)
/** All bytes up to this one are whitespace in JSON, or not allowed there. */
const BLANK = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
