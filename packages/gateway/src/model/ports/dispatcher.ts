import type { Readable } from "node:stream"
import type { MessageState, RecipientState } from "@wecom-push/protocol/delivery"
import type { AttemptLimit } from "@wecom-push/sdk/internals"
import type { Exhausted } from "../shares.ts"
import type { AppPause, AppRecord } from "./apps.ts"
import type { ChatRecord } from "./chats.ts"
import type { AppStanding } from "./governor.ts"
import type { Whose } from "./reader.ts"
import type { RecallProgress, RecallResult } from "./recalls.ts"

/**
 * The commands for an accepted message. Sending runs by itself and needs no start. A caller has checked that the
 * message exists and that it may know of it.
 */
export interface Dispatcher {
  /**
   * Cancels the recipients not sent yet. Waits for calls under way; once it has resolved nothing more of the message
   * goes out: a recipient who may have got it already ends in doubt, and is not counted. The exception is a call that
   * other messages share: it is neither waited for nor kept back, and the outcome says so.
   */
  cancel(messageId: string): Promise<CancelOutcome>
  /**
   * Cancels the unfinished messages of a key or an app, each as `cancel` does, for as long as a caller may wait. The
   * key or app may accept more messages meanwhile.
   */
  cancelMany(of: Whose): Promise<CancelManyOutcome>
  /** Makes recipients in these states pending again; `not_found` ones are looked up anew. */
  retry(messageId: string, states: readonly RetryableState[]): Promise<RetryOutcome>
  /**
   * Like `cancel`, and asks WeCom to take the sent calls back from the phones. For a message with many calls it
   * resolves when the request is stored, and WeCom is asked later, after a crash too.
   */
  recall(messageId: string): Promise<RecallOutcome>
  /**
   * Resolves once the message is finished, at the latest after `waitMs`.
   * @returns true when it is finished
   */
  finished(messageId: string, waitMs: number): Promise<boolean>
  /** Looks up a number or address, in the remembered ones unless `fresh`. */
  lookUp(question: LookupQuestion): Promise<LookupReply>
  /**
   * Changes a card that is on the phones, at once: nothing of it is stored.
   * @param body as WeCom takes it, `agentid` and `response_code` included
   * @see https://developer.work.weixin.qq.com/document/path/94888
   */
  updateCard(app: string, body: string): Promise<CardUpdateReply>
  /** @param body of `update_taskcard` */
  updateTaskCard(app: string, body: string): Promise<CardUpdateReply>
  /** The members, departments and tags that an app sees, read from WeCom and kept for a day. */
  directory(app: string, look: LookAt): Promise<DirectoryReply>
  /** The members and departments of a tag that the app sees, kept as long as `directory` keeps them. */
  tag(app: string, id: number, look: LookAt): Promise<TagReply>
  /** Makes a group chat, or finds the one that the same request has made. */
  createChat(app: string, chat: NewChat): Promise<ChatReply>
  /** Changes a chat. A chat that another program made for the app is kept from now on. */
  changeChat(app: string, chatid: string, change: ChatChange): Promise<ChatReply>
  /** @param isFresh WeCom is asked even if the chat is kept */
  lookAtChat(app: string, chatid: string, isFresh: boolean): Promise<ChatReply>
  /**
   * Passes a call on unchanged, at the pace of its API, with the app's token. The caller has to read or destroy the
   * answer.
   */
  pass(app: string, call: PassedCall): Promise<PassReply>
  /** Why an app is paused: what is stored with it, or that its secret cannot be read. */
  pauseOf(app: AppRecord): AppPause | undefined
  /** Why no message of an app goes out, apart from a pause. */
  standing(app: string): AppStanding
  /** Whether it takes work from the outbox, for `/readyz`. */
  isRunning(): boolean
  /** Takes no further work and waits for calls in flight, at most `drainMs`. */
  stop(drainMs: number): Promise<void>
}

export const RETRYABLE_STATES = [
  "failed",
  "in_doubt",
  "not_found",
  "invalid",
  "unlicensed",
  "cancelled",
  "expired",
  "not_opened",
] as const satisfies readonly RecipientState[]
export type RetryableState = (typeof RETRYABLE_STATES)[number]

export type CancelOutcome =
  | { readonly kind: "cancelled"; readonly recipients: number; readonly state: MessageState }
  /** No recipient is left whose message could be kept back. */
  | { readonly kind: "already_sent" }
  /**
   * Some recipients are in a call that other messages share, which is under way or may have arrived: it continues for
   * them.
   */
  | { readonly kind: "shared_call"; readonly recipients: number }

export interface CancelManyOutcome {
  /** How many messages were cancelled, completely or in part. */
  readonly messages: number
  readonly recipients: number
  readonly left: readonly KeptBack[]
  /** More messages are left: call it again. */
  readonly more: boolean
}

/** A message of which nothing, or not all, could be cancelled. */
export interface KeptBack {
  readonly id: string
  readonly why: Exclude<CancelOutcome["kind"], "cancelled">
}

export type RetryOutcome =
  | { readonly kind: "retried"; readonly recipients: number; readonly state: MessageState }
  /** No recipient is in one of these states. */
  | { readonly kind: "nothing_to_retry" }

export type RecallOutcome =
  | {
      readonly kind: "recalled"
      readonly state: MessageState
      /** Recipients that were cancelled before anything went out to them. */
      readonly cancelled: number
      readonly calls: readonly RecalledCall[]
    }
  /** It has too many calls for one request: its progress is stored. */
  | { readonly kind: "recalling"; readonly progress: RecallProgress }
  /** WeCom takes nothing back after 24 hours. */
  | { readonly kind: "recall_expired" }
  /** The channel takes nothing back. */
  | { readonly kind: "not_supported" }
  /** Nothing has been sent and nothing is waiting. */
  | { readonly kind: "nothing_to_recall" }
  /** WeCom recalls whole calls, and one of this message's also holds another message's people. */
  | { readonly kind: "shared_call" }

export interface RecalledCall {
  readonly call: number
  readonly result: RecallResult
  readonly errcode?: number
  readonly errmsg?: string
}

/** The departments, members and tags that an app sees. */
export interface DirectorySeen {
  readonly departments: readonly {
    readonly id: number
    readonly name?: string
    readonly parentId: number
    readonly order: number
  }[]
  /** Ordered by userid, regardless of upper and lower case. */
  readonly members: readonly {
    readonly userid: string
    readonly name?: string
    readonly departments: readonly number[]
  }[]
  readonly tags: readonly { readonly id: number; readonly name: string }[]
  /** Milliseconds since 1970. */
  readonly readAt: number
}

export interface DirectoryProgress {
  departmentsRead: number
  departments: number | undefined
}

/** The members and departments of a tag, as far as the app sees them. */
export interface TagSeen {
  readonly id: number
  readonly name: string
  /** Ordered by userid, regardless of upper and lower case. */
  readonly members: readonly { readonly userid: string; readonly name?: string }[]
  readonly departments: readonly number[]
  /** Milliseconds since 1970. */
  readonly readAt: number
}

export interface LookAt {
  /** WeCom is asked again even if a reading is kept. */
  readonly fresh: boolean
  /** How long to wait for a reading, at most. */
  readonly waitMs: number
}

/** `seen` is what was read before, unless it was read just now. */
export type ReadReply<Seen, Progress> =
  | { readonly kind: "read"; readonly seen: Seen }
  | { readonly kind: "reading"; readonly seen: Seen | undefined; readonly progress: Readonly<Progress> }
  | {
      readonly kind: "failed"
      readonly seen: Seen | undefined
      readonly failure: { readonly errcode?: number; readonly errmsg?: string }
    }

/** Robots see no members. */
export interface NotSupported {
  readonly kind: "not_supported"
}

export type DirectoryReply = ReadReply<DirectorySeen, DirectoryProgress> | NotSupported

/** `unknown`: there is no such tag, or the app does not see it. */
export type TagReply = ReadReply<TagSeen, object> | { readonly kind: "unknown" } | NotSupported

/** Members are named by userid. */
export interface NewChat {
  readonly chatid: string
  readonly name: string | undefined
  readonly owner: string | undefined
  readonly members: readonly string[]
  /** The fingerprint of the request that makes the chat. */
  readonly fingerprint: string
}

export interface ChatChange {
  readonly name: string | undefined
  readonly owner: string | undefined
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** Nothing of the request has reached WeCom. */
export interface Unreachable {
  readonly kind: "unreachable"
  /** Why, where the gateway did not ask: it has no secret of the app that it can read. */
  readonly errmsg?: string
}

export type ChatReply =
  /** `isNew`: this request made the chat. */
  | { readonly kind: "done"; readonly chat: ChatRecord; readonly isNew: boolean }
  /** Another chat of the corp has the id. */
  | { readonly kind: "exists" }
  /** The corp has reached WeCom's limit of chats made in a day, or changed in an hour. */
  | { readonly kind: "limit"; readonly what: "made" | "changed"; readonly untilMs: number }
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string }
  /** The answer was lost, and WeCom could not be asked, or knows no such chat yet. The same request may be made again. */
  | { readonly kind: "in_doubt" }
  | Unreachable

/** A call of WeCom's API that a program made, without its token. */
export interface PassedCall {
  /** Below `/cgi-bin/`, as in `user/get`. */
  readonly path: string
  readonly method: "GET" | "POST"
  /** As it was written; empty or `name=value&…`. */
  readonly search: string
  readonly headers: Readonly<Record<string, string>>
  /** Bytes can go out again, a stream cannot. */
  readonly body: Uint8Array | Readable | null
  /** Ends the whole call, including the reading of the answer. */
  readonly limit: AttemptLimit
}

export type PassReply =
  | {
      readonly kind: "answered"
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      /** A short body is a whole buffer. */
      readonly body: Buffer | Readable
    }
  /** A stream went out with a token that was no longer valid; there is a new token by now. */
  | { readonly kind: "token_died" }
  /** No place in the pace was free soon enough. */
  | { readonly kind: "too_fast" }
  /** WeCom gives the app no token. */
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string }
  | Unreachable

export interface LookupQuestion {
  readonly app: string
  readonly type: "mobile" | "email"
  readonly address: string
  /** 1 the corp's own mailbox, 2 the personal one; 1 unless given. */
  readonly emailType?: 1 | 2
  readonly fresh: boolean
  /** The key that asks. */
  readonly keyId?: string
}

export type LookupReply =
  | { readonly kind: "found"; readonly userid: string }
  | { readonly kind: "not_found" }
  | { readonly kind: "invalid" }
  /** The day's budget for numbers that no member has is spent. `retryAt` in milliseconds since 1970. */
  | {
      readonly kind: "budget_spent"
      readonly retryAt: number
      /** Set when the share of a key or an app is spent. */
      readonly share?: Exclude<Exhausted, { of: "all" }>
    }
  /** WeCom has closed look-ups of this corp for a while (45009). */
  | { readonly kind: "paused"; readonly retryAt: number }
  /** WeCom refused or could not be reached; nothing is known. */
  | { readonly kind: "failed"; readonly errcode?: number; readonly errmsg?: string }

export type CardUpdateReply =
  /** `invalidUsers` kept their old card. Lower case, as WeCom writes them. */
  | { readonly kind: "updated"; readonly invalidUsers: readonly string[] }
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string }
  /** The card is certainly unchanged. */
  | Unreachable
  /** The answer was lost: the card may have been changed, and the code used. */
  | { readonly kind: "unknown" }
