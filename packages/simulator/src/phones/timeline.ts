import type { JsonObject } from "../json.ts"
import { conversationOf } from "../ledger.ts"
import type { Conversation, KeptBack, SentMessage } from "../ledger.ts"
import type { MediaLibrary } from "../media/media-library.ts"
import { asMessage, keptBackMessage, phoneMessage, readRequest, type MessageBody } from "../phone-messages.ts"
import { textsOf } from "../texts-of.ts"
import type { World } from "../world.ts"
import type { KeptBackEntry, MediaView, ShownEntry, TimelineEntry, TimelinePage } from "./feed-events.ts"
import { previewOf } from "./preview.ts"

/** The part of a phone that is shown. */
export interface TimelineFilter {
  /** As the organisation spells it. */
  readonly userid: string
  /** Undefined: all conversations. */
  readonly conversation: Conversation | undefined
  /** Whether messages that were kept back are included. */
  readonly withKeptBack: boolean
  /** Only messages with this text in one of their texts, in any case. All when it is empty or absent. */
  readonly text?: string
}

/** The newest entries before a turn, or the newest of all. */
export function timelinePage(world: World, filter: TimelineFilter, limit: number, before = Infinity): TimelinePage {
  const newestFirst: TimelineEntry[] = []
  for (const item of newestFirstOf(world, filter)) {
    if (item.turn >= before) continue
    if (newestFirst.length === limit) return pageOf(newestFirst, true)
    const entry = entryOf(world, filter.userid, item)
    if (entry !== undefined && hasText(entry, filter)) newestFirst.push(entry)
  }
  return pageOf(newestFirst, false)
}

function pageOf(newestFirst: readonly TimelineEntry[], hasMore: boolean): TimelinePage {
  return { entries: newestFirst.toReversed(), before: hasMore ? (newestFirst.at(-1)?.turn ?? null) : null }
}

/** The entry of a message, or of one kept back, on a phone; undefined when it was never meant for this phone. */
export function entryOf(world: World, userid: string, item: SentMessage | KeptBack): TimelineEntry | undefined {
  return isKeptBack(item) ? keptBackEntry(world, item) : shownEntry(world, userid, item)
}

/** Whether the entry has the text that the filter asks for. */
export function hasText({ message }: TimelineEntry, { text = "" }: TimelineFilter): boolean {
  if (text === "") return true
  const wanted = text.toLowerCase()
  for (const one of textsOf(message[message.msgtype])) if (one.toLowerCase().includes(wanted)) return true
  return false
}

/** The request of an entry as it was sent; undefined when no such entry is remembered. */
export function requestOf(world: World, filter: TimelineFilter, turn: number): JsonObject | undefined {
  for (const item of newestFirstOf(world, filter)) {
    if (item.turn === turn) return readRequest(item)
    if (item.turn < turn) break
  }
  return undefined
}

/** Whether an item belongs to the part of a phone that the filter selects. */
export function concerns(
  { userid, conversation, withKeptBack }: TimelineFilter,
  item: SentMessage | KeptBack,
): boolean {
  if (conversation !== undefined && conversationOf(item) !== conversation) return false
  if (isKeptBack(item)) return withKeptBack && item.userids.includes(userid)
  return item.shownTo.includes(userid)
}

const isKeptBack = (item: SentMessage | KeptBack): item is KeptBack => "reason" in item

function* newestFirstOf({ ledger }: World, filter: TimelineFilter): Generator<SentMessage | KeptBack, void, undefined> {
  const shown = ledger.messagesNewestFirst()
  const keptBack = ledger.keptBackNewestFirst()
  const nextOf = <T extends SentMessage | KeptBack>(items: Iterator<T>): T | undefined => {
    for (let next = items.next(); next.done !== true; next = items.next()) {
      if (concerns(filter, next.value)) return next.value
    }
    return undefined
  }
  let one: SentMessage | undefined = nextOf(shown)
  let other: KeptBack | undefined = filter.withKeptBack ? nextOf(keptBack) : undefined
  while (one !== undefined || other !== undefined) {
    if (other === undefined || (one !== undefined && one.turn > other.turn)) {
      if (one !== undefined) yield one
      one = nextOf(shown)
    } else {
      yield other
      other = nextOf(keptBack)
    }
  }
}

function shownEntry(world: World, userid: string, sent: SentMessage): ShownEntry | undefined {
  const copy = phoneMessage(sent, userid)
  if (copy === undefined) return undefined
  const message = asMessage(copy)
  return {
    kind: "shown",
    turn: sent.turn,
    msgid: sent.msgid,
    conversation: conversationOf(sent),
    at: copy.at,
    ...whatIsSeen(world, message),
    ...(Number(copy.request["safe"]) > 0 ? { confidential: true } : {}),
    ...(copy.recalled === true ? { recalled: true } : {}),
    ...(copy.updated_at === undefined ? {} : { updated_at: copy.updated_at }),
  }
}

function keptBackEntry(world: World, item: KeptBack): KeptBackEntry {
  return {
    kind: "kept_back",
    turn: item.turn,
    conversation: conversationOf(item),
    at: new Date(item.atMs).toISOString(),
    reason: item.reason,
    ...whatIsSeen(world, keptBackMessage(item)),
  }
}

function whatIsSeen({ media }: World, message: MessageBody): Pick<TimelineEntry, "message" | "preview" | "media"> {
  const found: Record<string, MediaView> = {}
  findMedia(message, media, found, 0)
  return { message, preview: previewOf(message), media: found }
}

// No part of a message that a phone draws is nested deeper.
const DEEPEST = 8

function findMedia(value: unknown, library: MediaLibrary, found: Record<string, MediaView>, depth: number): void {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return
  for (const [name, inside] of Object.entries(value)) {
    if (typeof inside !== "string") findMedia(inside, library, found, depth + 1)
    else if (name === "media_id" || name === "thumb_media_id") {
      const medium = library.shown(inside)
      if (medium !== undefined) found[inside] = { name: medium.filename, bytes: medium.bytes.length }
    }
  }
}
