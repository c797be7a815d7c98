import type { Fault } from "@wecom-push/protocol"
import type {
  AttemptResult,
  MessageState,
  NamedTargets,
  RecipientState,
  StateCounts,
} from "@wecom-push/protocol/delivery"
import type { Party } from "../party.ts"
import type { Lifetime, MessageProblem, Priority } from "../message.ts"
import type { RecipientPosition, RecipientType } from "../recipients.ts"
import type { Trace } from "../trace.ts"

/** The apps that a key holds. Others do not exist for it. */
export type AppScope = readonly string[] | "all"

/** All messages of a key, or of an app. */
export type Whose = { readonly keyId: string } | { readonly app: string }

/**
 * The API's reads of messages. Pages are cut by opaque cursors; an undefined `nextCursor` ends the list. A cursor that
 * this store did not make yields an empty page.
 */
export interface MessageReader {
  message(id: string, query: MessageQuery): Promise<MessageDetail | undefined>
  /** Newest first. */
  messages(query: MessagesQuery): Promise<Page<MessageSummary>>
  /** In the order in which they were named. */
  recipients(query: RecipientsQuery): Promise<Page<RecipientView>>
  /** Ordered by call, then by number. */
  attempts(query: PageQuery & { readonly messageId: string }): Promise<Page<AttemptView>>
  /** Final and open calls, ordered by number. */
  calls(query: PageQuery & { readonly messageId: string }): Promise<Page<CallView>>
  /**
   * How many messages are unfinished, by app and key. The counts are kept as messages come and finish: cheap to call.
   */
  unfinished(): Promise<readonly UnfinishedView[]>
  /** Ids of unfinished messages, in an order of its own; messages that come or end meanwhile may be in it or not. */
  unfinishedOf(query: PageQuery & { readonly of: Whose }): Promise<Page<string>>
  /** Figures for `/metrics`, kept in memory: cheap to call. */
  backlog(now: number): Promise<readonly BacklogView[]>
}

/** Reads the sends of a store that one process uses alone; such a process counts in memory what members got. */
export interface SendsReader {
  /**
   * Calls of any app that may have reached WeCom, ordered by their beginning, the last first: so a restart need not
   * forget them. A page may hold fewer than asked for, or none, and not be the last.
   */
  sends(query: SendsQuery): Promise<Page<RecentSend>>
}

/** Selects calls by the time at which their last attempt began. */
export interface SendsQuery extends PageQuery {
  readonly from: number
  readonly before?: number
}

export interface RecentSend {
  readonly party: Party
  /** The targets of the request; its content, which may be long, is not read. */
  readonly named: NamedTargets
  /** The body of a call that is not an app's message, for its call kind to read; `named` is empty then. */
  readonly other?: { readonly kind: string; readonly body: string }
  /**
   * The latest time at which the call can have reached WeCom, which counts arrivals: the time of the answer, or else
   * `LONGEST_ATTEMPT_MS` after the beginning, which may be in the future.
   */
  readonly at: number
}

export interface MessageQuery {
  readonly apps: AppScope
  /** Decides between `scheduled` and `queued`. */
  readonly now: number
}

export interface PageQuery {
  readonly limit: number
  readonly cursor?: string
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | undefined
}

export interface MessagesQuery extends PageQuery, MessageQuery {
  readonly state?: MessageState
  /** Accepted then or later. */
  readonly since?: number
}

export interface RecipientsQuery extends PageQuery {
  readonly messageId: string
  readonly state?: RecipientState
}

export interface MessageSummary extends Lifetime {
  readonly id: string
  readonly app: string
  readonly keyId: string
  readonly state: MessageState
  readonly msgtype: string
  readonly priority: Priority
  readonly orderKey: string | undefined
  /** It waits for messages before it with the same order key. */
  readonly isBehind: boolean
  readonly acceptedAt: number
  readonly sendAt: number
  readonly finishedAt: number | undefined
  readonly recipientCount: number
  readonly counts: StateCounts
  readonly callCount: number
  readonly problem: MessageProblem | undefined
}

export interface MessageDetail extends MessageSummary {
  /** How many texts it is sent in, one after another. */
  readonly partCount: number
  /** How many of the parts have been sent, at least to some recipients, and were not recalled. */
  readonly partsSent: number
  readonly warnings: readonly Fault[]
  /** Absent: there is none. */
  readonly trace?: Trace
  /** The app that `else` names, and in how many texts it sends; undefined: there is none. */
  readonly otherwise?: { readonly app: string; readonly partCount: number }
}

export interface RecipientView {
  readonly type: RecipientType
  readonly address: string
  readonly state: RecipientState
  readonly userid: string | undefined
  /** The app that the recipient got the message from, or waits for, where that is not the message's app. */
  readonly app: string | undefined
  readonly msgid: string | undefined
  readonly errcode: number | undefined
  /** For a pending recipient the stored `DelayReason`, which belongs to `delayedUntil`. */
  readonly reason: string | undefined
  readonly delayedUntil: number | undefined
  /** When it reached its state; undefined while pending. */
  readonly at: number | undefined
}

export interface AttemptView {
  readonly call: number
  readonly number: number
  readonly startedAt: number
  /** Undefined while in flight, and for an attempt that a crash cut off. */
  readonly finishedAt: number | undefined
  /** Undefined while in flight. */
  readonly result: AttemptResult | undefined
  readonly errcode: number | undefined
  readonly errmsg: string | undefined
}

export interface CallView {
  readonly number: number
  /** The call kind, such as `app_message`. */
  readonly kind: string
  readonly part: number
  readonly final: boolean
  readonly inFlight: boolean
  readonly mayHaveArrived: boolean
  readonly positions: readonly RecipientPosition[]
  readonly result: AttemptResult | undefined
  readonly errcode: number | undefined
  readonly msgid: string | undefined
  readonly responseCode: string | undefined
  readonly finishedAt: number | undefined
  readonly recalledAt: number | undefined
  /** Recipients of another message travelled in it too. */
  readonly isShared: boolean
}

/** The unfinished messages of one key in one app. */
export interface UnfinishedView {
  readonly app: string
  /** The key they came with. */
  readonly keyId: string
  readonly count: number
}

export interface BacklogView {
  readonly app: string
  readonly priority: Priority
  readonly unfinished: number
  /**
   * How many messages should have been sent by now, whether they wait for a retry, a limit or a paused app. Scheduled
   * messages do not count, nor do those behind another of their order key. Counted to 10,000.
   */
  readonly due: number
  /**
   * How long the message that has been due for longest has waited, since its retry if it had one; 0 when there is none.
   */
  readonly oldestDueMs: number
}
