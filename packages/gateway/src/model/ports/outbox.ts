import type {
  AttemptResult,
  DelayReason,
  MessageState,
  RecipientState,
  StateCounts,
} from "@wecom-push/protocol/delivery"
import type { Party } from "../party.ts"
import type { Lifetime, Message, MessageProblem } from "../message.ts"
import type { RecipientChunk, RecipientDetail, RecipientPosition } from "../recipients.ts"

/**
 * The durable store of messages still to be sent. Every method that changes something resolves after the change is on
 * the disk, and does all of it or nothing; simultaneous requests may share one commit. All times are milliseconds since
 * 1970 and come from the caller, so that tests need not wait.
 *
 * `store/contract.ts` is the contract of every implementation.
 *
 * @throws {StorageError} by every method, when the change could not be stored; only with the code `storage_error` is it
 * unknown whether it was
 */
export interface OutboxStore {
  /** Stores a message, its recipients, its idempotency record and the work to be done, in one commit. */
  accept(request: AcceptRequest): Promise<AcceptResult>
  /**
   * The earlier use of an idempotency key, without a change; undefined when it is free at `now`. For the repeat of a
   * request that was accepted and would be refused by now.
   */
  earlier(use: Omit<IdempotencyRecord, "expiresAt">, now: number): Promise<EarlierResult | undefined>

  /** Makes all waiting messages of an app due, except scheduled ones: the reason of their wait may have changed. */
  makeAppDue(app: string, at: number): Promise<void>

  /** Makes these messages due if they wait, unless they are scheduled for later or no longer exist. */
  makeDue(messageIds: readonly string[], at: number): Promise<void>

  /**
   * The wall clock was set. Stored times that measure how long ago something was move along with it, and waiting
   * messages are due no later than they would have been.
   */
  clockJumped(jump: ClockJump): Promise<void>

  chunks(query: ChunkQuery): Promise<readonly RecipientChunk[]>
  /**
   * Calls of this message that are not final, in order: to be repeated, or in flight when the process died.
   * @param number of a single call
   */
  openCalls(messageId: string, number?: number): Promise<readonly FrozenCall[]>
  /** The same without bytes and recipients: a message to a million has a thousand calls. */
  openCallsInBrief(messageId: string): Promise<readonly BriefCall[]>

  /**
   * Commits the intent to send: freezes the bytes of new calls and starts an attempt of each, before the first byte
   * goes out. A call is left out of the answer, and must not be sent, when its claim is lost, when it is in flight or
   * final, or when one of its recipients is no longer pending: claim and read anew.
   */
  begin(starts: readonly CallStart[]): Promise<readonly StartedCall[]>
  /**
   * Commits the results of attempts: the call, its recipients, the message's counts and events. Fenced by the attempt's
   * number: a settle that is late, or repeated, changes nothing and is answered false.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]>
  /**
   * Changes of recipients without an answer of WeCom: looked up, not found, delayed, expired, cancelled, recalled,
   * retried. Recipients of a call that is not final stay as they are, unless the change closes it first.
   * @returns undefined for an unknown message
   */
  update(change: MessageChange): Promise<MessageChanged | undefined>
  /**
   * Ends messages of which nothing has begun and which no worker has, some hundreds in a commit: a hundred thousand one
   * by one would take long. Messages of more than a thousand recipients are left, too.
   * @returns the ended messages
   */
  endUnbegun(ending: Ending): Promise<readonly Ended[]>
  /** The same for messages past their `expiresAt`, whatever they wait for. */
  endExpired(query: ExpiredEnding): Promise<ExpiredEnded>
  /**
   * Records another wait of a call whose next try is due, and until when: the views of its recipients, and of the
   * messages that share it, show it. Changes nothing when another attempt has begun meanwhile, or the call is final.
   */
  delayCall(call: CallRef, attempt: number, delay: CallDelay): Promise<void>
}

export interface AcceptRequest {
  readonly message: Message
  /** In order. May be produced while being read: the store pauses between slices of a large message. */
  readonly chunks: Iterable<RecipientChunk>
  readonly idempotency?: IdempotencyRecord
}

export interface IdempotencyRecord {
  /** Keys of different clients are independent; a client stays the same when its key of the gateway is rotated. */
  readonly client: string
  readonly key: string
  /** SHA-256 of the request in canonical form. */
  readonly fingerprint: string
  readonly expiresAt: number
  /** A used key is free when it expired by this time; absent: when it expired by the time its message is accepted. */
  readonly freeBy?: number
  /** The key becomes free when its message is finished, if that is before it expires. */
  readonly isFreedByEnd?: true
}

export type AcceptResult =
  | { readonly kind: "accepted"; readonly state: MessageState }
  /** The message's key has been revoked: checked in the commit, so that no message comes in after the revocation. */
  | { readonly kind: "key_revoked" }
  | EarlierResult

export type EarlierResult =
  /** The answer of the first time. */
  | {
      readonly kind: "replayed"
      readonly messageId: string
      readonly state: MessageState
      readonly recipientCount: number
    }
  /** The same key came with another request. */
  | { readonly kind: "key_reused" }

export interface Claim {
  readonly messageId: string
  /** Fences the changes under the claim: of two claims of one message the later has the greater number. */
  readonly claim: number
}

export interface ClaimedMessage extends Claim {
  readonly message: Message
  readonly counts: StateCounts
  readonly chunkCount: number
  /** Number of its last call; 0 before the first. */
  readonly callCount: number
  /** The chunk of a message with only one, as it is when claimed: most messages then need no further read. */
  readonly chunk: RecipientChunk | undefined
}

/** The fields of a call that are checked before it is read. */
export interface BriefCall extends Pick<FrozenCall, "number" | "kind" | "firstTryAt" | "mayHaveArrived"> {
  /** How many recipients it carries. */
  readonly recipients: number
  /** The call needs no work before this time; undefined where that has to be checked. */
  readonly restsUntil: number | undefined
}

export interface ClockJump {
  /** The same id when the jump is stored again because the first time was uncertain: it counts once. */
  readonly id: string
  /** Milliseconds; below 0 when it went back. */
  readonly by: number
  /** The time it shows now. */
  readonly at: number
  /**
   * By how much the clock has been set in all. Expiries that come from a length, and not from a given time, move along.
   * Absent where the time that passed is unknown.
   */
  readonly setByMs?: number
}

export interface ChunkQuery {
  readonly messageId: string
  /** Index of the first chunk. */
  readonly from: number
  readonly count: number
  /** Skips chunks without a pending recipient; `count` counts the returned ones. */
  readonly pendingOnly?: boolean
}

/** A call whose bytes never change again. */
export interface FrozenCall {
  readonly messageId: string
  /** The call kind, such as `app_message`. */
  readonly kind: string
  /** 1, 2, … within the message. */
  readonly number: number
  /** Index of the message part it carries. */
  readonly part: number
  /** The request body, byte for byte. Undefined when the stored one no longer matches its checksum: never send it. */
  readonly body: string | undefined
  /** Null for a call without WeCom's duplicate check: such a call is never repeated once it is in doubt. */
  readonly checkSeconds: number | null
  readonly positions: readonly RecipientPosition[]
  /** When the first attempt that may have arrived started, or else the last; the check's window begins here. */
  readonly firstTryAt: number
  /** Number of its last attempt. */
  readonly attempts: number
  /** How many of its attempts were settled as `spent`. */
  readonly spentAttempts: number
  /** How many attempts in a row a crash of the process cut off. */
  readonly crashes: number
  /**
   * `waiting`: for its next attempt. `in_flight`: an attempt of this very process is under way, leave it alone.
   * `crashed`: the process died before the answer was settled.
   */
  readonly phase: "waiting" | "in_flight" | "crashed"
  /** True once an attempt's answer was lost: only a repeat of the same bytes under the check is safe. */
  readonly mayHaveArrived: boolean
  /** When the last settled attempt asked to be repeated. Undefined once it waits for something else. */
  readonly retryAt: number | undefined
  /** Another wait that was recorded since its last attempt. The call may go out earlier, if the wait ends earlier. */
  readonly delay?: CallDelay
  readonly lastErrcode: number | undefined
  /** Calls of other messages that are this call; each of its settlements comes with one of theirs, in one commit. */
  readonly shares?: readonly CallRef[]
  /**
   * This call is a share of that call of another message, which alone may repeat it; `body` names only this message's
   * recipients.
   */
  readonly partOf?: CallRef
}

/** One attempt to make. `frozen` is set only for the first attempt of a call. */
export interface CallStart extends Claim {
  readonly number: number
  readonly startedAt: number
  /** By how much the clock had been set when this time was read; undefined: by as much as the store knows of. */
  readonly clockSetMs?: number
  readonly frozen?: NewCall
}

export interface NewCall {
  /** The call kind, such as `app_message`. */
  readonly kind: string
  /** The party that sends the bytes: they count for it, also after its app is removed. */
  readonly party: Party
  readonly part: number
  readonly body: string
  readonly checkSeconds: number | null
  readonly positions: readonly RecipientPosition[]
  readonly guard?: BodyGuard
  /** Other messages of the app whose recipients the same bytes name. Either all of them begin, or none. */
  readonly shares?: readonly NewCallShare[]
}

/**
 * A message's share in a call of another. The call belongs to the message that begins and repeats it, its owner; each
 * sharer has a row of its own under its own number, which goes through the same attempts and is settled beside it.
 */
export interface NewCallShare extends Claim {
  /** Number of the call within the sharing message. */
  readonly number: number
  readonly positions: readonly RecipientPosition[]
  /** `{"touser": …}`: the part of the body's recipients that is this message's, exactly as written there. */
  readonly body: string
}

export interface CallDelay {
  readonly untilMs: number
  readonly reason: DelayReason
}

/** The end of pending recipients. */
export interface Ending {
  readonly messageIds: readonly string[]
  readonly state: "cancelled" | "expired"
  readonly at: number
}

export interface Ended {
  readonly messageId: string
  readonly app: string
  readonly recipients: number
}

export interface ExpiredEnding {
  readonly at: number
  /** Ends messages whose `expiresAt` is not later than this. */
  readonly expiredBy: number
  /** By how much the clock has been set in all: stored expiries that move along may not have been moved yet. */
  readonly setByMs: number
  readonly limit: number
}

export interface ExpiredEnded {
  readonly ended: readonly Ended[]
  /** Whether more may be left. */
  readonly more: boolean
}

export interface CallRef {
  readonly messageId: string
  readonly number: number
}

/**
 * WeCom silently drops a call whose body equals an earlier one's inside the check's window. So the first call of a
 * party with a given hash holds that hash, and a later call finds this out before its bytes go out.
 */
interface BodyGuard {
  /** SHA-256 of the body without the fields of the duplicate check. */
  readonly hash: string
  /** An earlier call counts when it began less than this ago. */
  readonly windowMs: number
  /** Frozen instead when there is an earlier call; absent: the caller asked for the check and wants it all the same. */
  readonly bodyWithoutCheck?: string
}

export interface StartedCall {
  readonly messageId: string
  readonly number: number
  /** Fences the settle. */
  readonly attempt: number
  /** The bytes to send. */
  readonly body: string
  readonly checkSeconds: number | null
  /** An earlier call with an equal body inside the guard's window. */
  readonly earlier?: { readonly messageId: string; readonly number: number; readonly at: number }
}

export interface Settlement {
  readonly messageId: string
  readonly number: number
  readonly attempt: number
  readonly finishedAt: number
  /** By how much the clock had been set when its times were read; undefined: by as much as the store knows of. */
  readonly clockSetMs?: number
  readonly result: AttemptResult
  readonly errcode?: number
  readonly errmsg?: string
  /** For recipients without a detail of their own. */
  readonly reason?: string
  /** WeCom's handle. */
  readonly msgid?: string
  readonly responseCode?: string
  /** True when no further attempt will be made. */
  readonly final: boolean
  /** Whether it counts against the retry budget. Waits for limits and pauses do not. */
  readonly spent: boolean
  readonly retryAt?: number
  readonly updates: readonly RecipientUpdate[]
  /** The problem of the whole message; null clears it. */
  readonly problem?: MessageProblem | null
  /**
   * In the settlement of a call share: when its message is due again, if this does not finish it and no worker has it.
   */
  readonly dueAt?: number
}

export interface MessageChange {
  readonly messageId: string
  readonly at: number
  readonly updates: readonly RecipientUpdate[]
  /**
   * Open calls to close for good before the updates are applied. A call that is in flight or may have arrived is not
   * closed, and keeps its recipients. A shared call ends for all its messages, which are then due.
   */
  readonly closeCalls?: readonly number[]
  /**
   * Open calls, not in flight, to close although they may have arrived. A shared call is closed for this message only.
   */
  readonly abandonCalls?: readonly number[]
  /** Calls that WeCom has taken back. */
  readonly recalledCalls?: readonly number[]
  /** A retry of an expired message needs a new expiry, which moves along where the old one did. */
  readonly expiry?: Omit<Lifetime, "expiryMoves">
  /** While unfinished it keeps its lane closed no longer than until then, also while a worker has it. */
  readonly holdsLaneUntil?: number
  readonly problem?: MessageProblem | null
}

export interface MessageChanged {
  readonly state: MessageState
  readonly counts: StateCounts
  /** How many recipients the updates changed. */
  readonly changed: number
  readonly closedCalls: readonly number[]
}

/**
 * A change of some recipients of one chunk. The store applies it to its present content, inside its transaction
 * (`applyUpdates`), so that a cancel and a settle of one message cannot overwrite each other.
 */
export interface RecipientUpdate {
  readonly chunk: number
  readonly slots: readonly number[] | "all"
  /** Recipients in any other state are left as they are. */
  readonly from: readonly RecipientState[]
  /** Only recipients whose last call has this number, or one of these. */
  readonly ofCall?: number | ReadonlySet<number>
  /** Recipients with a malformed address stay as they are. */
  readonly exceptMalformed?: true
  readonly state: RecipientState
  /** Beside `slots`, where the update brings userids; `null` removes them all. */
  readonly userids?: readonly (string | null)[] | null
  /** The call that caused it. Null: as if no call had carried them yet. */
  readonly call?: number | null | undefined
  /** Replaces the present one. Absent: none, except `at` where no call has the time. */
  readonly detail?: RecipientDetail | undefined
}
