import type { Trace } from "../../model/trace.ts"
import type { ProxySettings, TransportFaultKind } from "@wecom-push/sdk/internals"

/** What the sending thread is started with. */
export interface ThreadSettings {
  readonly proxy: ProxySettings | undefined
  /** Whom the process trusts, as PEM: a thread does not know what was set after the start. */
  readonly certificates: readonly string[]
  /** Of `SentMarks`. */
  readonly marks: SharedArrayBuffer
}

/**
 * The threads exchange batches, as columns: to copy an object for each call costs both of them twice as
 * much.
 */
export interface Orders {
  readonly calls: CallOrders
  readonly givenUp: readonly GivenUp[]
}

/** One entry each for a call. */
export interface CallOrders {
  readonly ids: number[]
  /** To be set before its first byte goes out. */
  readonly marks: number[]
  readonly bodies: string[]
  /** What it belongs to, which is another for each message; empty where there is no trace. */
  readonly traces: Trace[]
  /** Nearly all calls have the same: one where it is another than that of the call before. */
  readonly heads: HeadFrom[]
}

export function noCalls(): CallOrders {
  return { ids: [], marks: [], bodies: [], traces: [], heads: [] }
}

/** From this call of the batch on. */
interface HeadFrom extends RequestHead {
  readonly from: number
}

/** The head of an HTTP request, before its body. */
export interface RequestHead {
  readonly method: "GET" | "POST"
  readonly href: string
  readonly headers: Readonly<Record<string, string>>
}

/** Its caller no longer waits, because its time was up or the caller gave up. */
export interface GivenUp {
  readonly id: number
  readonly why: "TimeoutError" | "AbortError"
}

export interface Replies {
  /** Calls that a connection has taken. */
  readonly connected: readonly number[]
  readonly answered: Answers
  readonly failed: readonly Failed[]
}

/** One entry each for a call. */
export interface Answers {
  readonly ids: number[]
  readonly statuses: number[]
  readonly contentTypes: string[]
  readonly bodies: string[]
}

export function noAnswers(): Answers {
  return { ids: [], statuses: [], contentTypes: [], bodies: [] }
}

export interface Failed {
  readonly id: number
  readonly kind: TransportFaultKind
  readonly mayHaveArrived: boolean
  readonly code: string | undefined
  readonly host: string
}
