import type { Conversation, KeptBackReason } from "../ledger.ts"
import type { MessageBody } from "../phone-messages.ts"

/** What an open page gets about its phone. `data` is JSON; the page reads these very types. */
export type FeedEvent =
  /** At the beginning, when the organisation changed, and where single changes came too fast. */
  | { readonly event: "phone"; readonly data: PhoneView }
  /** New entries of the timeline, and present ones that changed. */
  | { readonly event: "changes"; readonly data: TimelineChanges }
  /** Whose phones have something new. */
  | { readonly event: "arrived"; readonly data: readonly Arrival[] }
  | { readonly event: "org"; readonly data: null }
  | { readonly event: "reset"; readonly data: null }

export interface PhoneView {
  /** What the page holds of another run is no longer valid. */
  readonly run: string
  /** Null where the organisation has no member of that userid. */
  readonly member: MemberView | null
  /**
   * Apps of the organisation and groups of the member, and those gone whose messages are still here: first what has something to show, the newest
   * before the others, then what could have.
   */
  readonly apps: readonly PhoneApp[]
  readonly timeline: TimelinePage
  /** How many messages this phone does not show though they were meant for it. */
  readonly kept_back: number
}

export interface MemberView {
  readonly userid: string
  readonly name: string
  readonly mobile: string
  readonly email: string
  /** By name. */
  readonly departments: readonly string[]
  readonly licensed: boolean
}

/** A conversation of a phone: with an app or a smart robot, in a group chat or in the group of a robot. */
export interface PhoneApp {
  readonly conversation: Conversation
  readonly name: string
  readonly enabled: boolean
  /** Whether the member is in its visible range, or in the group. */
  readonly visible: boolean
  /** Of a group chat: the app that made it, and how many members it has. */
  readonly chat?: { readonly app: string; readonly members: number }
}

/** A stretch of a phone's timeline without gaps. */
export interface TimelinePage {
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[]
  /** Where to continue towards the past; null at the beginning. */
  readonly before: number | null
}

export interface TimelineChanges {
  readonly entries: readonly TimelineEntry[]
  readonly kept_back: number
}

export type TimelineEntry = ShownEntry | KeptBackEntry

export interface ShownEntry extends EntryBase {
  readonly kind: "shown"
  readonly msgid: string
  readonly confidential?: true
  readonly recalled?: true
  /** When the card took its present face. */
  readonly updated_at?: string
}

export interface KeptBackEntry extends EntryBase {
  readonly kind: "kept_back"
  readonly reason: KeptBackReason
}

interface EntryBase {
  /** Its place among all there is, and its name. */
  readonly turn: number
  readonly conversation: Conversation
  /** ISO 8601, by the simulator's clock. */
  readonly at: string
  readonly message: MessageBody
  /** A line of it; empty for what has no words. */
  readonly preview: string
  /** The files of its ids, of those that were uploaded here. */
  readonly media: Readonly<Record<string, MediaView>>
}

export interface MediaView {
  readonly name: string
  readonly bytes: number
}

export interface Arrival {
  readonly userid: string
  readonly conversation: Conversation
  readonly count: number
}

/** A row of the list of members. */
export interface MemberRow extends MemberView {
  readonly latest: LatestMessage | null
}

export interface LatestMessage {
  readonly at: string
  readonly conversation: Conversation
  readonly msgtype: string
  readonly preview: string
  readonly recalled: boolean
}

export interface MemberPage {
  /** How many fit the query in all. */
  readonly total: number
  /** Of the whole organisation. */
  readonly of: number
  readonly members: readonly MemberRow[]
}
