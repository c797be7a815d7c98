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
 * the disk, and does all of it or nothing; requests that arrive together may share one commit. All times are
 * milliseconds since 1970 and come from the caller, so that tests need not wait.
 *
 * `store/contract.ts` says what every implementation must do.
 *
 * @throws {StorageError} by every method, when the change could not be kept; what became of it is then unknown only
 * where the code is `storage_error`
 */
export interface OutboxStore {
  /** Stores a message, its recipients, its idempotency record and the work to be done, in one commit. */
  accept(request: AcceptRequest): Promise<AcceptResult>
  /**
   * What an idempotency key was used for, looked up only; undefined when it is free at `now`. For the repeat of a
   * request that was accepted and would be refused by now.
   */
  earlier(use: Omit<IdempotencyRecord, "expiresAt">, now: number): Promise<EarlierResult | undefined>

  /** How many messages are unfinished, of all apps. */
  unfinished(): Promise<number>

  /**
   * Makes everything of an app due that is not scheduled for later and waits: what it waits for may be another thing
   * now.
   */
  hurry(app: string, at: number): Promise<void>

  /** Makes these due that wait, unless they are scheduled for later, or nobody knows them any more. */
  makeDue(messageIds: readonly string[], at: number): Promise<void>

  /**
   * The wall clock was set. Times that were noted to measure how long ago something was move along with it, and what
   * waits is due no later than it would have been.
   */
  clockJumped(jump: ClockJump): Promise<void>

  chunks(query: ChunkQuery): Promise<readonly RecipientChunk[]>
  /**
   * Calls of this message that are not final, in their order: to be repeated, or in flight when the process died.
   * @param number of one of them alone
   */
  openCalls(messageId: string, number?: number): Promise<readonly FrozenCall[]>
  /** The same without their bytes and whom they carry: a message to a million has a thousand of them. */
  openCallsInBrief(messageId: string): Promise<readonly BriefCall[]>

  /**
   * Commits the intent to send: freezes the bytes of new calls and starts an attempt of each, before the first byte
   * goes out. A call is left out of the answer, and must not be sent, when its claim is lost, when it is in flight or
   * final, or when one of its recipients is no longer pending: claim and read anew.
   */
  begin(starts: readonly CallStart[]): Promise<readonly StartedCall[]>
  /**
   * Commits what became of attempts: the call, its recipients, the message's counts and events. Fenced by the attempt's
   * number: a settle that comes too late, or a second time, changes nothing and is answered false.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]>
  /**
   * Changes of recipients that no answer brought about: looked up, not found, delayed, expired, cancelled, recalled,
   * retried. Recipients carried by a call that is not final stay as they are, unless the change closes it first.
   * @returns undefined for an unknown message
   */
  update(change: MessageChange): Promise<MessageChanged | undefined>
  /**
   * Ends messages of which nothing has begun and on which nobody works, some hundreds in a commit: one by one a hundred
   * thousand would take long. Those of more than a thousand recipients are left, too.
   * @returns what was ended
   */
  endUnbegun(ending: Ending): Promise<readonly Ended[]>
  /** The same with those past their `expiresAt`, whatever they wait for. */
  endExpired(query: ExpiredEnding): Promise<ExpiredEnded>
  /**
   * Notes what else a call waits for whose next try it is time for, and until when: its recipients, and those of whoever
   * shares it, are shown so. Changes nothing when another attempt has begun meanwhile, or the call is final.
   */
  delayCall(call: CallRef, attempt: number, delay: CallDelay): Promise<void>
}

export interface AcceptRequest {
  readonly message: Message
  /** In their order. May be produced while being read: the store pauses between slices of a large message. */
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
  /** A key that has been used is free when it expired by this time; absent: when its message is accepted. */
  readonly freeBy?: number
  /** The key is free again as soon as its message is finished, should that be before it expires. */
  readonly isFreedByEnd?: true
}

export type AcceptResult =
  | { readonly kind: "accepted"; readonly state: MessageState }
  /** The key that the message came with has been revoked: asked in the commit, so that none comes in after the revocation. */
  | { readonly kind: "key_revoked" }
  | EarlierResult

export type EarlierResult =
  /** As it was answered the first time. */
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
  /** Fences what is done under the claim: of two claims of one message the later has the greater number. */
  readonly claim: number
}

export interface ClaimedMessage extends Claim {
  readonly message: Message
  readonly counts: StateCounts
  readonly chunkCount: number
  /** Number of its last call; 0 before the first. */
  readonly callCount: number
  /** The only chunk of a message that has one, as it is when claimed: most messages then need not be read again. */
  readonly chunk: RecipientChunk | undefined
}

/** What is asked of a call before it is read. */
export interface BriefCall extends Pick<FrozenCall, "number" | "firstTryAt" | "mayHaveArrived"> {
  /** How many recipients it carries. */
  readonly recipients: number
  /** Nothing is to be done for it before; undefined where that has to be looked at. */
  readonly restsUntil: number | undefined
}

export interface ClockJump {
  /** The same where it is told again, because it was not certain that it was stored: it counts once. */
  readonly id: string
  /** Milliseconds; below 0 when it went back. */
  readonly by: number
  /** The time it shows now. */
  readonly at: number
  /**
   * By how much it has been set in all: what lives so long, and not until a time that was given, moves along. Absent where
   * it is not known how long a time has passed.
   */
  readonly setByMs?: number
}

export interface ChunkQuery {
  readonly messageId: string
  /** Index of the first. */
  readonly from: number
  readonly count: number
  /** Skips those that have no pending recipient; `count` counts what is answered. */
  readonly pendingOnly?: boolean
}

/** A call whose bytes will never change again. */
export interface FrozenCall {
  readonly messageId: string
  /** Of the channel that carries it, as `app_message`. */
  readonly kind: string
  /** 1, 2, … within the message. */
  readonly number: number
  /** Index of the message part it carries. */
  readonly part: number
  /** The request body, byte for byte. Undefined when the stored one no longer matches its checksum: never send it. */
  readonly body: string | undefined
  /** Null when it goes without WeCom's duplicate check: then it is never repeated once in doubt. */
  readonly checkSeconds: number | null
  readonly positions: readonly RecipientPosition[]
  /** When the first attempt started that may have arrived, or else its last; the check's window runs from here. */
  readonly firstTryAt: number
  /** Number of its last attempt. */
  readonly attempts: number
  /** How many of its attempts were settled as `spent`. */
  readonly spentAttempts: number
  /** Attempts that a crash of the process cut off, in a row. */
  readonly crashes: number
  /**
   * `waiting`: for its next attempt. `in_flight`: an attempt of this very process is under way, leave it alone.
   * `crashed`: the process died before the answer was settled.
   */
  readonly phase: "waiting" | "in_flight" | "crashed"
  /** True once an attempt's answer was lost: only a repeat of the same bytes under the check is safe. */
  readonly mayHaveArrived: boolean
  /** What the last settled attempt asked for. Undefined once it waits for something else. */
  readonly retryAt: number | undefined
  /** What else it was said to wait for since its last attempt. It may go before then, should that be there. */
  readonly delay?: CallDelay
  readonly lastErrcode: number | undefined
  /** Calls of other messages that are this one; each of its settlements comes with one of theirs, in one commit. */
  readonly shares?: readonly CallRef[]
  /** It is that call of another message, which alone may repeat it; `body` names this message's people and no more. */
  readonly partOf?: CallRef
}

/** One attempt to be made. `frozen` is there when, and only when, it is the call's first. */
export interface CallStart extends Claim {
  readonly number: number
  readonly startedAt: number
  /** By how much the clock had been set when this time was read; undefined: by as much as the store knows of. */
  readonly clockSetMs?: number
  readonly frozen?: NewCall
}

export interface NewCall {
  /** Of the channel that carries it, as `app_message`. */
  readonly kind: string
  /** Whose bytes they are: what counts of them counts for the party, whatever becomes of the app. */
  readonly party: Party
  readonly part: number
  readonly body: string
  readonly checkSeconds: number | null
  readonly positions: readonly RecipientPosition[]
  readonly guard?: BodyGuard
  /** Other messages of the app whose recipients the same bytes name. All of them begin, or none does. */
  readonly shares?: readonly NewCallShare[]
}

/**
 * A message's share in a call of another. The call belongs to the message that begins and repeats it, its owner; each
 * sharer has a row of its own under its own number, which goes through the same attempts and is settled beside it.
 */
export interface NewCallShare extends Claim {
  /** Of the call, within the sharing message. */
  readonly number: number
  readonly positions: readonly RecipientPosition[]
  /** `{"touser": …}`: those of the body that are this message's, as they stand in it. */
  readonly body: string
}

export interface CallDelay {
  readonly untilMs: number
  readonly reason: DelayReason
}

/** What becomes of pending recipients. */
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
  /** Those whose `expiresAt` is no later. */
  readonly expiredBy: number
  /** By how much the clock has been set in all: what moves along with it may not have moved yet. */
  readonly setByMs: number
  readonly limit: number
}

export interface ExpiredEnded {
  readonly ended: readonly Ended[]
  /** Whether there may be others. */
  readonly more: boolean
}

export interface CallRef {
  readonly messageId: string
  readonly number: number
}

/**
 * WeCom drops a call whose body equals an earlier one's inside the check's window, without a word. So the first call
 * of a party with a given hash holds it, and a later one learns of it before its bytes go out.
 */
interface BodyGuard {
  /** SHA-256 of the body without the fields of the duplicate check. */
  readonly hash: string
  /** An earlier call counts when it began less than this ago. */
  readonly windowMs: number
  /** What is frozen instead when there is an earlier call; absent: the caller asked for the check and wants it all the same. */
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
  /** Of an equal body inside the guard's window. */
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
  /** Does it count against the retry budget? Waits for limits and pauses do not. */
  readonly spent: boolean
  readonly retryAt?: number
  readonly updates: readonly RecipientUpdate[]
  /** What stands in the way of the whole message; null clears it. */
  readonly problem?: MessageProblem | null
  /** Of a sharer: when its message is due again, should it not be finished by this and nobody work on it. */
  readonly dueAt?: number
}

export interface MessageChange {
  readonly messageId: string
  readonly at: number
  readonly updates: readonly RecipientUpdate[]
  /**
   * Open calls to be closed for good before the updates are applied. One that is in flight or may have arrived is
   * not, and keeps its recipients. One that is shared ends for all its messages, which are then due.
   */
  readonly closeCalls?: readonly number[]
  /** Open calls that are not in flight, to be closed although they may have arrived; of a shared one this side only. */
  readonly abandonCalls?: readonly number[]
  /** Calls that WeCom has taken back. */
  readonly recalledCalls?: readonly number[]
  /** A retry of an expired message needs a new one, which moves along where the old one did. */
  readonly expiry?: Omit<Lifetime, "expiryMoves">
  /** While unfinished it keeps its lane closed no longer than until then, also while it is at work. */
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
 * What changes for some recipients of one chunk. The store applies it to what it holds, inside its transaction
 * (`applyUpdates`), so that a cancel and a settle of one message cannot overwrite each other.
 */
export interface RecipientUpdate {
  readonly chunk: number
  readonly slots: readonly number[] | "all"
  /** Recipients in any other state are left as they are. */
  readonly from: readonly RecipientState[]
  /** Only those whose last call has this number, or one of these. */
  readonly ofCall?: number | ReadonlySet<number>
  /** Recipients whose address cannot be one stay as they are. */
  readonly exceptMalformed?: true
  readonly state: RecipientState
  /** Beside `slots`, where the update brings userids; `null` for all forgets them. */
  readonly userids?: readonly (string | null)[] | null
  /** Null: as if no call had carried them yet. */
  readonly call?: number | null
  /** Replaces the one there was. Absent: none, beside `at` where no call tells the time. */
  readonly detail?: RecipientDetail
}
