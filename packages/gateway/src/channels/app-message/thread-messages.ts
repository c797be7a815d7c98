import type { Trace } from "../../model/trace.ts"
import type { ProxySettings, TransportFaultKind } from "@wecom-push/sdk/internals"

/** The settings that the sending thread starts with. */
export interface ThreadSettings {
  readonly proxy: ProxySettings | undefined
  /** The certificates that the process trusts, as PEM: a thread does not know those that were set after the start. */
  readonly certificates: readonly string[]
  /** The memory of `SentMarks`. */
  readonly marks: SharedArrayBuffer
}

/** The threads exchange batches as columns: copying an object for each call would cost both threads twice as much. */
export interface Orders {
  readonly calls: CallOrders
  readonly givenUp: readonly GivenUp[]
}

/** Columns with one entry for each call. */
export interface CallOrders {
  readonly ids: number[]
  /** The mark that is set before the call's first byte goes out. */
  readonly marks: number[]
  readonly bodies: string[]
  /** The trace that the call belongs to, a different one for each message; empty where there is none. */
  readonly traces: Trace[]
  /** Nearly all calls have the same head: there is an entry only where a call's head differs from the one before. */
  readonly heads: HeadFrom[]
}

export function noCalls(): CallOrders {
  return { ids: [], marks: [], bodies: [], traces: [], heads: [] }
}

/** The head of the calls of the batch from this one on. */
interface HeadFrom extends RequestHead {
  readonly from: number
}

/** The head of an HTTP request, before its body. */
export interface RequestHead {
  readonly method: "GET" | "POST"
  readonly href: string
  readonly headers: Readonly<Record<string, string>>
}

/** The caller of this call no longer waits, because its time was up or the caller gave up. */
export interface GivenUp {
  readonly id: number
  readonly why: "TimeoutError" | "AbortError"
}

export interface Replies {
  /** Calls that are on a connection. */
  readonly connected: readonly number[]
  readonly answered: Answers
  readonly failed: readonly Failed[]
}

/** Columns with one entry for each call. */
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
