import type { Conversation, KeptBackReason } from "../ledger.ts"
import type { MessageBody } from "../phone-messages.ts"

/** The events that an open page gets about its phone. `data` is JSON; the page uses these types. */
export type FeedEvent =
  /** At the beginning, after a change of the organisation, and when single changes came too fast. */
  | { readonly event: "phone"; readonly data: PhoneView }
  /** New entries of the timeline, and entries that changed. */
  | { readonly event: "changes"; readonly data: TimelineChanges }
  /** The phones that have something new. */
  | { readonly event: "arrived"; readonly data: readonly Arrival[] }
  | { readonly event: "org"; readonly data: null }
  | { readonly event: "reset"; readonly data: null }

export interface PhoneView {
  /** The id of the run; what the page holds of another run is no longer valid. */
  readonly run: string
  /** Null when the organisation has no such member. */
  readonly member: MemberView | null
  /**
   * Apps of the organisation and groups of the member, and removed ones whose messages are still here: first those that
   * have messages, newest first, then the others.
   */
  readonly apps: readonly PhoneApp[]
  readonly timeline: TimelinePage
  /** How many messages meant for this phone it does not show. */
  readonly kept_back: number
}

export interface MemberView {
  readonly userid: string
  readonly name: string
  readonly mobile: string
  readonly email: string
  /** The names of the departments. */
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
  /** For a group chat: the app that made it, and how many members it has. */
  readonly chat?: { readonly app: string; readonly members: number }
}

/** A part of a phone's timeline without gaps. */
export interface TimelinePage {
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[]
  /** The turn from which to load older entries; null at the beginning. */
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
  /** When the card got its present content. */
  readonly updated_at?: string
}

export interface KeptBackEntry extends EntryBase {
  readonly kind: "kept_back"
  readonly reason: KeptBackReason
}

interface EntryBase {
  /** Its position among all messages, which is also its name. */
  readonly turn: number
  readonly conversation: Conversation
  /** ISO 8601, by the simulator's clock. */
  readonly at: string
  readonly message: MessageBody
  /** The first line of its text; empty when it has no text. */
  readonly preview: string
  /** The files of the ids in it that were uploaded here. */
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
  /** How many members match the query in all. */
  readonly total: number
  /** How many members the whole organisation has. */
  readonly of: number
  readonly members: readonly MemberRow[]
}
