import type { ProxySettings, TransportFaultKind } from "@wecom-push/sdk/internals"

/** What the sending thread is started with. */
export interface ThreadSettings {
  readonly proxy: ProxySettings | undefined
  /** Whom the process trusts, as PEM: a thread does not know what was set after the start. */
  readonly certificates: readonly string[]
  /** Of `SentMarks`. */
  readonly marks: SharedArrayBuffer
}

/** What the threads tell each other goes in batches, one for a turn of the event loop. */
export interface Orders {
  readonly calls: readonly CallOrder[]
  readonly givenUp: readonly GivenUp[]
}

export interface CallOrder {
  readonly id: number
  /** To be set before its first byte goes out. */
  readonly mark: number
  readonly body: string
  /** Undefined: as of the call before it in this batch. Nearly all calls have the same. */
  readonly head: RequestHead | undefined
}

/** What stands before the body of an HTTP request. */
export interface RequestHead {
  readonly method: "GET" | "POST"
  readonly href: string
  readonly headers: Readonly<Record<string, string>>
}

/** Nobody waits for it any more, because its time was up or its caller gave up. */
export interface GivenUp {
  readonly id: number
  readonly why: "TimeoutError" | "AbortError"
}

export interface Replies {
  /** Calls that a connection has taken. */
  readonly connected: readonly number[]
  readonly answered: readonly Answered[]
  readonly failed: readonly Failed[]
}

export interface Answered {
  readonly id: number
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface Failed {
  readonly id: number
  readonly kind: TransportFaultKind
  readonly mayHaveArrived: boolean
  readonly code: string | undefined
  readonly host: string
}
