import type { Fault } from "@wecom-push/protocol"
import type { DuplicateCheckMode } from "@wecom-push/protocol/delivery"
import type { Trace } from "./trace.ts"

/** Sorted by urgency, most urgent first. */
export const PRIORITIES = ["high", "normal", "bulk"] as const
export type Priority = (typeof PRIORITIES)[number]

/** The lifetime of a message that names no time: Monday's repair must not flood phones with the weekend's alarms. */
export const DEFAULT_LIFETIME_MS = 24 * 3600_000

/** How long a message may wait. */
export interface Lifetime {
  readonly expiresAt: number
  /** By how much the clock had been set in all when `expiresAt` was written; absent where that is not known. */
  readonly clockSetMs?: number
  /** The caller gave no time: the lifetime is a length, and its end moves along with each jump of the clock. */
  readonly expiryMoves?: true
}

/**
 * A message as it was accepted: everything the dispatcher needs, and nothing that changes. Times are in milliseconds
 * since 1970.
 */
export interface Message extends Lifetime {
  /** `msg_` and a UUIDv7. */
  readonly id: string
  /** The app's name, as in `alerts`. */
  readonly app: string
  /** The key that posted it. */
  readonly keyId: string
  readonly msgtype: string
  /** JSON of `{msgtype, [msgtype]: …, safe?, enable_id_trans?}` for each part; more than one after `overflow: "split"`. */
  readonly parts: readonly string[]
  readonly priority: Priority
  readonly orderKey?: string
  readonly acceptedAt: number
  readonly sendAt: number
  readonly duplicateCheck: DuplicateCheckMode
  /** What members who are `not_opened` get instead; absent: they get nothing. */
  readonly otherwise?: Otherwise
  /** The ids of the files that it names; absent: none. A claim leaves them out, since its parts hold them. */
  readonly media?: readonly string[]
  /** Content that WeCom may cut, ignore or interpret otherwise; absent: none. A claim leaves the warnings out. */
  readonly warnings?: readonly Fault[]
  /** Recipients as they were named, duplicates included. */
  readonly recipientCount: number
  /** The trace of its acceptance; absent: there is none. */
  readonly trace?: Trace
}

/** What another app sends to members with whom a smart robot has no conversation. */
export interface Otherwise extends Pick<Message, "msgtype" | "parts"> {
  /** The app's name. */
  readonly app: string
}

/**
 * The time that the caller gave. Without one, `sendAt` is the time of acceptance and no message may wait for it: if the
 * clock was ahead then and has been corrected, it has not reached that time yet.
 */
export function scheduledFor({ acceptedAt, sendAt }: Pick<Message, "acceptedAt" | "sendAt">): number | undefined {
  return sendAt > acceptedAt ? sendAt : undefined
}

/** Why a message as a whole waits or failed. */
export interface MessageProblem {
  /** One word to branch on. */
  readonly code: string
  readonly errcode?: number
  readonly errmsg?: string
}
