import { isUserid } from "@wecom-push/protocol"
import { mobileByLength, normalizeEmail, normalizeMobile, whyNoMobile } from "@wecom-push/sdk/internals"
import type { Audience } from "@wecom-push/sdk"
import type { Breath } from "./breath.ts"
import { isMalformed, malformedReason } from "../model/malformed.ts"
import { CHUNK_SIZE } from "../model/recipients.ts"
import type { RecipientChunk, RecipientType } from "../model/recipients.ts"
import { isLookedUp } from "../model/target.ts"

export interface AudienceRows {
  readonly count: number
  readonly namesEverybody: boolean
  /** Departments and tags: how many people they hold is unknown here. */
  readonly namesGroups: boolean
  /** Mobiles or emails, which have to be looked up. */
  readonly namesAddresses: boolean
  readonly namesChats: boolean
  /** How many addresses cannot be valid. */
  readonly malformedCount: number
  /** How many of these are mobiles that are valid by `mobile_check` `length`. */
  readonly impossibleCount: number
  readonly chunks: Iterable<RecipientChunk>
}

/**
 * One row for each address as it was named, in the order users, mobiles, emails, departments, tags, chats. Addresses that
 * cannot be one are final at once (`invalid`): they fail alone, without costing a look-up.
 * @param to an audience without faults
 */
export async function rowsOf(to: NamedInMessage, at: number, breath: Breath): Promise<AudienceRows> {
  if (to.all === true) {
    const chunks = [newChunk(0, [["all", ["@all"], NONE]], at)]
    return { ...NOTHING, count: 1, namesEverybody: true, chunks }
  }
  const columns: Column[] = []
  for (const [list, type] of LISTS) {
    const addresses = to[list] ?? []
    if (addresses.length > 0) columns.push(await columnOf(type, addresses, breath))
  }
  const counts = columns.map(countsOf).reduce(sumOf, NOTHING)
  return { ...counts, namesEverybody: false, chunks: chunksOf(columns, at) }
}

/** The one recipient of a group robot's message. @param app the robot's name */
export function robotRow(app: string, at: number): AudienceRows {
  return { ...NOTHING, count: 1, namesEverybody: false, chunks: [newChunk(0, [["robot", [app], NONE]], at)] }
}

/** An audience of the SDK's, and group chats by their chatids. */
export type NamedInMessage = Audience & { readonly chats?: readonly string[] }

/** The lists of an audience in the order of its rows, and what is in them. */
export const LISTS = [
  ["users", "user"],
  ["mobiles", "mobile"],
  ["emails", "email"],
  ["departments", "department"],
  ["tags", "tag"],
  ["chats", "chat"],
] as const satisfies readonly (readonly [list: string, type: RecipientType])[]

/** A list of recipients of one type, or a part of such a list. */
export type Column = readonly [type: RecipientType, addresses: readonly string[], malformed: ReadonlySet<string>]

export async function columnOf(
  type: RecipientType,
  items: readonly (string | number)[],
  breath: Breath,
): Promise<Column> {
  const addresses = items.map(String)
  return [type, addresses, await malformedOf(type, addresses, breath)]
}

const NONE: ReadonlySet<string> = new Set()

type Counts = Omit<AudienceRows, "namesEverybody" | "chunks">

export const NOTHING: Counts = {
  count: 0,
  namesGroups: false,
  namesAddresses: false,
  namesChats: false,
  malformedCount: 0,
  impossibleCount: 0,
}

export function countsOf([type, addresses, malformed]: Column): Counts {
  const isMalformed = (address: string): boolean => malformed.has(address)
  return {
    count: addresses.length,
    namesGroups: type === "department" || type === "tag",
    namesAddresses: isLookedUp(type),
    namesChats: type === "chat",
    malformedCount: malformed.size === 0 ? 0 : countOf(addresses, isMalformed),
    impossibleCount:
      malformed.size === 0 || type !== "mobile"
        ? 0
        : countOf(addresses, (address) => isMalformed(address) && goesByLength(address)),
  }
}

export function sumOf(one: Counts, other: Counts): Counts {
  return {
    count: one.count + other.count,
    namesGroups: one.namesGroups || other.namesGroups,
    namesAddresses: one.namesAddresses || other.namesAddresses,
    namesChats: one.namesChats || other.namesChats,
    malformedCount: one.malformedCount + other.malformedCount,
    impossibleCount: one.impossibleCount + other.impossibleCount,
  }
}

async function malformedOf(
  type: RecipientType,
  addresses: readonly string[],
  breath: Breath,
): Promise<ReadonlySet<string>> {
  if (type === "mobile") return malformedMobiles(addresses, breath)
  if (type === "user") return malformedUserids(addresses)
  if (type === "chat") return new Set(addresses.filter((chatid) => !CHATID.test(chatid)))
  return type === "email" ? malformedEmails(addresses) : NONE
}

/** An app's chats have at most 32 letters and digits; the groups of a smart robot longer ones, of which WeCom says nothing. */
const CHATID = /^[\w-]{1,64}$/

function malformedUserids(users: readonly string[]): ReadonlySet<string> {
  return new Set(users.filter((userid) => !isUserid(userid)))
}

async function malformedMobiles(mobiles: readonly string[], breath: Breath): Promise<ReadonlySet<string>> {
  const odd = mobiles.filter((mobile) => !PLAIN_MOBILE.test(mobile))
  if (odd.length === 0) return NONE
  const malformed = new Set<string>()
  for (const mobile of odd) {
    // Each number of another country takes some 30 µs.
    await breath.take()
    if ((await normalizeMobile(mobile)) === undefined) malformed.add(mobile)
  }
  return malformed
}

/** Nearly every number matches this and needs no further check. */
const PLAIN_MOBILE = /^1\d{10}$/

function malformedEmails(emails: readonly string[]): ReadonlySet<string> {
  return new Set(emails.filter((email) => normalizeEmail(email) === undefined))
}

function countOf(addresses: readonly string[], isOne: (address: string) => boolean): number {
  return addresses.reduce((count, address) => (isOne(address) ? count + 1 : count), 0)
}

function goesByLength(mobile: string): boolean {
  return mobileByLength(mobile) !== undefined
}

/**
 * The same recipients by `mobile_check` `length`: a number that is no mobile by the rules waits for WeCom's answer. The
 * check that was used need not be stored, because by the strict check none of these would wait.
 */
export function* byLength(chunks: Iterable<RecipientChunk>): Generator<RecipientChunk> {
  for (const chunk of chunks) {
    for (const [place, detail] of Object.entries(chunk.details)) {
      const [index, address = ""] = [Number(place), chunk.addresses[Number(place)]]
      if (chunk.types[index] !== "mobile" || !isMalformed(detail) || !goesByLength(address)) continue
      chunk.states[index] = "pending"
      delete chunk.details[index]
    }
    yield chunk
  }
}

function* chunksOf(columns: readonly Column[], at: number): Generator<RecipientChunk> {
  const chunker = new Chunker(at)
  for (const column of columns) yield* chunker.add(column)
  yield* chunker.rest()
}

/** Makes chunks of columns that come one after another. */
export class Chunker {
  readonly #at: number
  #parts: Column[] = []
  #length = 0
  #index = 0

  constructor(at: number) {
    this.#at = at
  }

  /** @returns the chunks that this column completes */
  *add([type, addresses, malformed]: Column): Generator<RecipientChunk> {
    for (let from = 0; from < addresses.length;) {
      const part = addresses.slice(from, from + CHUNK_SIZE - this.#length)
      this.#parts.push([type, part, malformed])
      this.#length += part.length
      from += part.length
      if (this.#length === CHUNK_SIZE) yield* this.rest()
    }
  }

  *rest(): Generator<RecipientChunk> {
    if (this.#length === 0) return
    const parts = this.#parts
    this.#parts = []
    this.#length = 0
    yield newChunk(this.#index++, parts, this.#at)
  }
}

function newChunk(index: number, columns: readonly Column[], at: number): RecipientChunk {
  const chunk: RecipientChunk = {
    index,
    types: [],
    addresses: [],
    states: [],
    userids: [],
    calls: [],
    details: {},
  }
  for (const [type, addresses, malformed] of columns) {
    for (const address of addresses) {
      const isOut = malformed.has(address)
      if (isOut) chunk.details[chunk.states.length] = { reason: reasonFor(type, address), at }
      chunk.types.push(type)
      chunk.addresses.push(address)
      chunk.states.push(isOut ? "invalid" : "pending")
      chunk.userids.push(type === "user" && !isOut ? address : null)
      chunk.calls.push(null)
    }
  }
  return chunk
}

function reasonFor(type: RecipientType, address: string): string {
  return type === "mobile" ? whyNoMobile(address) : malformedReason(type)
}
