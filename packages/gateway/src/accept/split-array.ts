import { isUtf8 } from "node:buffer"
import { decodeUtf8 } from "@wecom-push/protocol"
import { Problem } from "../problems/problem.ts"
import type { Breath } from "./breath.ts"
import {
  breaksOff,
  byteAt,
  endsTooSoon,
  invalidUtf8,
  mayContainBadText,
  refuseBadText,
  tooManyNames,
  tooManyValues,
} from "./json-faults.ts"
import { LongList } from "./long-list.ts"
import { emptyBatch, notAnArray } from "./read-array.ts"
import { MAX_DEPTH, MAX_NAMES, MAX_VALUES, parseJson, withoutMark } from "./read-json.ts"
import { readMessageIn } from "./read-message.ts"
import { endOfString, pathAt, scanStructure } from "./scan-structure.ts"
import type { Span } from "./scan-structure.ts"

/** Consecutive items of an array. */
export interface ItemGroup extends Span {
  readonly count: number
}

/**
 * Where the items of a batch are; the batch is valid JSON to its end. Parsed as a whole, it would take ten times its size.
 * @returns groups of items that are read at once: several small items, or one large item
 * @throws {Problem} as `readJson` and `readArray` do
 */
export async function splitArray(sent: Uint8Array, breath: Breath): Promise<readonly ItemGroup[]> {
  if (sent.length === 0) throw new Problem("body_missing")
  const start = sent.length - withoutMark(sent).length
  if (!isUtf8(sent)) throw invalidUtf8(firstBadByte(sent))
  const { depth, values, manyNamesAt } = scanStructure(sent, MAX_NAMES)
  if (depth > MAX_DEPTH) throw new Problem("too_deep")
  if (values > MAX_VALUES) throw tooManyValues(MAX_VALUES)
  if (manyNamesAt !== undefined) throw tooManyNames(pathAt(sent, manyNamesAt), MAX_NAMES)

  const groups: ItemGroup[] = []
  let first = 0
  for (const group of groupsIn(sent, start)) {
    await breath.take()
    checkGroup(sent, group, first)
    groups.push(group)
    first += group.count
  }
  return groups
}

function firstBadByte(bytes: Uint8Array): number {
  const decoded = decodeUtf8(bytes)
  return "text" in decoded ? 0 : decoded.invalidAtByte
}

/** @throws {Problem} if it is no array, or one of its brackets is wrong; the content of the items is not checked */
function* groupsIn(bytes: Uint8Array, start: number): Generator<ItemGroup> {
  const open = firstUnlike(bytes, start, isBlank)
  if (open === bytes.length) throw endsTooSoon()
  if (bytes[open] !== OPEN_BRACKET) throw MAY_START.has(bytes[open] ?? 0) ? notAnArray() : breaksOff(bytes, open)
  if (bytes[firstUnlike(bytes, open + 1, isBlank)] === CLOSE_BRACKET) {
    const close = firstUnlike(bytes, open + 1, isBlank)
    refuseMore(bytes, close + 1)
    throw emptyBatch()
  }
  let from = open + 1
  let itemFrom = from
  let count = 0
  let depth = 0
  for (let at = open + 1; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at + 1)
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if (depth > 0) {
      if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
    } else if (byte === COMMA || byte === CLOSE_BRACKET) {
      // A large item is a group of its own.
      if (count > 0 && at - itemFrom >= ENOUGH_BYTES) {
        yield { from, to: itemFrom - 1, count }
        from = itemFrom
        count = 0
      }
      count++
      itemFrom = at + 1
      if (byte === CLOSE_BRACKET || count === MOST_ITEMS || at - from >= ENOUGH_BYTES) {
        yield { from, to: at, count }
        from = itemFrom
        count = 0
      }
      if (byte === CLOSE_BRACKET) return refuseMore(bytes, at + 1)
    } else if (byte === CLOSE_BRACE) throw breaksOff(bytes, at)
  }
  throw endsTooSoon()
}

function refuseMore(bytes: Uint8Array, from: number): void {
  const at = firstUnlike(bytes, from, isBlank)
  if (at < bytes.length) throw breaksOff(bytes, at)
}

function firstUnlike(bytes: Uint8Array, from: number, is: (byte: number) => boolean): number {
  let at = from
  while (at < bytes.length && is(bytes[at] ?? 0)) at++
  return at
}

/** @throws {Problem} if it is no JSON, or contains text that cannot be stored; all other faults belong to an item */
function checkGroup(bytes: Uint8Array, group: ItemGroup, first: number): void {
  if (isLarge(group)) checkLarge(bytes, group)
  else {
    const { items, text } = parseGroup(bytes, group)
    if (mayContainBadText(text)) for (const [index, item] of items.entries()) refuseBadText(item, [first + index])
  }
}

function checkLarge(bytes: Uint8Array, group: ItemGroup): void {
  try {
    for (const list of longListsOf(readMessageIn(bytes, group))) for (const _ of list.pieces()) continue
  } catch (error) {
    if (!(error instanceof Problem) || error.code === "invalid_json" || error.code === "invalid_text") throw error
  }
}

function longListsOf(message: unknown): readonly LongList[] {
  const to: unknown = typeof message === "object" && message !== null && "to" in message ? message.to : undefined
  const lists: readonly unknown[] = typeof to === "object" && to !== null ? Object.values(to) : []
  return lists.filter((list) => list instanceof LongList)
}

/**
 * The items of a group, as `prepareMessage` takes them.
 * @throws {Problem} for a fault of a large item
 */
export function readGroup(bytes: Uint8Array, group: ItemGroup): readonly unknown[] {
  return isLarge(group) ? [readMessageIn(bytes, group)] : parseGroup(bytes, group).items
}

function isLarge({ from, to, count }: ItemGroup): boolean {
  return count === 1 && to - from >= ENOUGH_BYTES
}

function parseGroup(
  bytes: Uint8Array,
  { from, to, count }: ItemGroup,
): { readonly items: readonly unknown[]; readonly text: string } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString()
  const parsed = parseJson(`[${text}]`, (place) =>
    breaksOff(bytes, from + byteAt(bytes.subarray(from), Math.max(0, place - 1))),
  )
  const items: readonly unknown[] = Array.isArray(parsed) ? parsed : []
  // A comma too many between two groups belongs to neither of them.
  if (items.length !== count) throw breaksOff(bytes, to)
  return { items, text }
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** As many items as share a commit. */
const MOST_ITEMS = 128
/** This many bytes make a group, even of a single item. */
const ENOUGH_BYTES = 256 * 1024
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
/** The first bytes of other JSON values: an object, a text, a number, true, false, null. */
const MAY_START: ReadonlySet<number> = new Set(Buffer.from('{"-0123456789tfn'))
