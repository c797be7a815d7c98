import { isUserid } from "@wecom-push/protocol"
import { mobileByLength, normalizeEmail, normalizeMobile, whyNoMobile } from "@wecom-push/sdk/internals"
import type { Audience } from "@wecom-push/sdk"
import { isMalformed, malformedReason } from "../domain/malformed.ts"
import { CHUNK_SIZE } from "../domain/recipients.ts"
import type { RecipientChunk, RecipientType } from "../domain/recipients.ts"

export interface AudienceRows {
  readonly count: number
  readonly namesEverybody: boolean
  /** Departments and tags: how many people they hold is unknown here. */
  readonly namesGroups: boolean
  /** How many cannot be an address. */
  readonly malformedCount: number
  /** Of these the mobiles that go by `mobile_check` `length`. */
  readonly impossibleCount: number
  readonly chunks: Iterable<RecipientChunk>
}

/**
 * One row for each address as it was named, in the order users, mobiles, emails, departments, tags. Addresses that
 * cannot be one are final at once (`invalid`): they fail alone, without costing a look-up.
 * @param to an audience without faults
 */
export async function rowsOf(to: Audience, at: number): Promise<AudienceRows> {
  if (to.all === true) {
    const chunks = [newChunk(0, [["all", ["@all"], NONE]], at)]
    return { count: 1, namesEverybody: true, namesGroups: false, malformedCount: 0, impossibleCount: 0, chunks }
  }
  const { users = [], mobiles = [], emails = [], departments = [], tags = [] } = to
  const malformed = mobiles.length === 0 ? NONE : await malformedMobiles(mobiles)
  const columns: readonly Column[] = [
    ["user", users, users.length === 0 ? NONE : malformedUserids(users)],
    ["mobile", mobiles, malformed],
    ["email", emails, emails.length === 0 ? NONE : malformedEmails(emails)],
    ["department", departments.map(String), NONE],
    ["tag", tags.map(String), NONE],
  ]
  return {
    count: columns.reduce((sum, [, addresses]) => sum + addresses.length, 0),
    namesEverybody: false,
    namesGroups: departments.length > 0 || tags.length > 0,
    malformedCount: columns.reduce((sum, column) => sum + countMalformed(column), 0),
    impossibleCount:
      malformed.size === 0 ? 0 : countOf(mobiles, (mobile) => malformed.has(mobile) && goesByLength(mobile)),
    chunks: chunksOf(columns, at),
  }
}

type Column = readonly [type: RecipientType, addresses: readonly string[], malformed: ReadonlySet<string>]

const NONE: ReadonlySet<string> = new Set()

function malformedUserids(users: readonly string[]): ReadonlySet<string> {
  return new Set(users.filter((userid) => !isUserid(userid)))
}

async function malformedMobiles(mobiles: readonly string[]): Promise<ReadonlySet<string>> {
  const odd = mobiles.filter((mobile) => !PLAIN_MOBILE.test(mobile))
  if (odd.length === 0) return NONE
  const malformed = new Set<string>()
  for (const mobile of odd) if ((await normalizeMobile(mobile)) === undefined) malformed.add(mobile)
  return malformed
}

/** What nearly every number looks like needs no closer look. */
const PLAIN_MOBILE = /^1\d{10}$/

function malformedEmails(emails: readonly string[]): ReadonlySet<string> {
  return new Set(emails.filter((email) => normalizeEmail(email) === undefined))
}

function countMalformed([, addresses, malformed]: Column): number {
  return malformed.size === 0 ? 0 : countOf(addresses, (address) => malformed.has(address))
}

function countOf(addresses: readonly string[], isOne: (address: string) => boolean): number {
  return addresses.reduce((count, address) => (isOne(address) ? count + 1 : count), 0)
}

function goesByLength(mobile: string): boolean {
  return mobileByLength(mobile) !== undefined
}

/**
 * The same recipients by `mobile_check` `length`: what the rules call no mobile waits for WeCom's word about it. Nobody
 * need remember that later, since by the other check none of these would wait.
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
  let parts: Column[] = []
  let length = 0
  let index = 0
  for (const [type, addresses, malformed] of columns) {
    for (let from = 0; from < addresses.length;) {
      const part = addresses.slice(from, from + CHUNK_SIZE - length)
      parts.push([type, part, malformed])
      length += part.length
      from += part.length
      if (length < CHUNK_SIZE) continue
      yield newChunk(index++, parts, at)
      parts = []
      length = 0
    }
  }
  if (length > 0) yield newChunk(index, parts, at)
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
