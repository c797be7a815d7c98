import { checkAddresses, checkAudience, PEOPLE_AND_CHATS } from "@wecom-push/sdk/internals"
import type { ProblemError } from "../problems/problem.ts"
import { Breath, HELD_MS } from "./breath.ts"
import { errorOfFault, MAX_ERRORS } from "./issues.ts"
import { LongList } from "./long-list.ts"
import { ChunkPress, PackedChunks } from "./packed-chunks.ts"
import { Chunker, columnOf, countsOf, LISTS, NOTHING, rowsOf, sumOf } from "./recipients.ts"
import type { AudienceRows, NamedInMessage } from "./recipients.ts"

export interface AudienceRead {
  readonly errors: readonly ProblemError[]
  /** How many more errors there are than these. */
  readonly moreErrors: number
  /** Undefined if there are errors. */
  readonly rows: AudienceRows | undefined
}

/**
 * Checks whom a message is for, and makes its rows.
 * @param to of a body as `readJson` or `readMessage` reads it
 * @param at when the message came
 * @throws {Problem} what is wrong with a `LongList` as JSON
 */
export async function readAudience(to: unknown, at: number, breath = new Breath(HELD_MS)): Promise<AudienceRead> {
  const lists = longListsIn(to)
  if (lists.size > 0) return readLong(to, lists, at, breath)
  const errors = checkAudience(to, PEOPLE_AND_CHATS).map(errorOfFault)
  for (const [list] of LISTS) errors.push(...tooLongIn(list, listOf(to, list), 0))
  if (errors.length > 0) return { errors, moreErrors: 0, rows: undefined }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked above, by the package that owns the type
  return { errors, moreErrors: 0, rows: await rowsOf(to as NamedInMessage, at, breath) }
}

type Lists = ReadonlyMap<string, LongList>

function longListsIn(to: unknown): Lists {
  const entries = typeof to === "object" && to !== null ? Object.entries(to) : []
  return new Map(entries.filter((entry): entry is [string, LongList] => entry[1] instanceof LongList))
}

/** Reads one list after another, a thousand items at a time: there may be millions. */
async function readLong(to: unknown, lists: Lists, at: number, breath: Breath): Promise<AudienceRead> {
  const found = new Found(checkAudience(withSamples(to, lists), PEOPLE_AND_CHATS).map(errorOfFault))
  const chunker = new Chunker(at)
  const press = new ChunkPress([...lists.values()].reduce((sum, { length }) => sum + length * EXPECTED_BYTES, 0))
  let counts = NOTHING
  for (const [list, type] of LISTS) {
    for (const { from, items } of lists.get(list)?.pieces() ?? []) {
      await breath.take()
      found.add(checkAddresses(list, items, from), errorOfFault)
      found.add(tooLongIn(list, items, from), (error) => error)
      if (found.errors.length > 0) continue
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked above, by the package that owns the type
      const column = await columnOf(type, items as readonly (string | number)[], breath)
      counts = sumOf(counts, countsOf(column))
      for (const chunk of chunker.add(column)) press.add(chunk)
    }
  }
  for (const chunk of chunker.rest()) press.add(chunk)
  const { errors, more: moreErrors } = found
  const rows = { ...counts, namesEverybody: false, chunks: new PackedChunks(press.take()) }
  return { errors, moreErrors, rows: errors.length > 0 ? undefined : rows }
}

/** The bytes of a mobile and the signs around it. The memory grows if items are longer. */
const EXPECTED_BYTES = 15

/** The same audience with one valid item in each list, to find the faults outside the items. */
function withSamples(to: unknown, lists: Lists): object {
  const groups: ReadonlySet<string> = new Set(["departments", "tags"])
  const samples = Array.from(lists.keys(), (name) => [name, groups.has(name) ? [1] : ["a"]] as const)
  return { ...(typeof to === "object" ? to : undefined), ...Object.fromEntries(samples) }
}

class Found {
  readonly errors: ProblemError[]
  more = 0

  constructor(errors: ProblemError[]) {
    this.errors = errors
  }

  /** Only the faults that are shown get a text: for millions of faults that would take minutes. */
  add<T>(faults: readonly T[], describe: (fault: T) => ProblemError): void {
    const shown = faults.slice(0, Math.max(0, MAX_ERRORS - this.errors.length))
    this.errors.push(...shown.map(describe))
    this.more += faults.length - shown.length
  }
}

function listOf(to: unknown, name: string): readonly unknown[] {
  const list: unknown = typeof to === "object" && to !== null ? Reflect.get(to, name) : undefined
  return Array.isArray(list) ? list : []
}

/** Mostly such an item is a whole list in one text: it would be stored, and read again with each page, for nothing. */
function tooLongIn(list: string, items: readonly unknown[], from: number): ProblemError[] {
  return items.flatMap((item, index) => {
    if (typeof item !== "string" || item.length <= MAX_ADDRESS_LENGTH) return []
    const path = `/to/${list}/${from + index}`
    const detail = {
      en: `${path} has more than ${MAX_ADDRESS_LENGTH} characters; write one address in each item of the list.`,
      zh: `${path} 超过 ${MAX_ADDRESS_LENGTH} 个字符；列表中每一项只写一个地址。`,
    }
    return [{ path, code: "too_long", detail }]
  })
}

const MAX_ADDRESS_LENGTH = 1000
