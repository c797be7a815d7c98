import type { TransportResponse } from "@wecom-push/sdk"
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
export type Order =
  | {
      readonly id: number
      /** To be set before its first byte goes out. */
      readonly mark: number
      readonly method: "GET" | "POST"
      readonly href: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      /** Somebody wants to know when it is connected. */
      readonly tellsConnected: boolean
    }
  /** Nobody waits for it any more, because its time was up or its caller gave up. */
  | { readonly id: number; readonly givenUp: "TimeoutError" | "AbortError" }

export type Reply =
  | { readonly id: number; readonly isConnected: true }
  | { readonly id: number; readonly response: TransportResponse }
  | { readonly id: number; readonly fault: PlainFault }

interface PlainFault {
  readonly kind: TransportFaultKind
  readonly mayHaveArrived: boolean
  readonly code: string | undefined
  readonly host: string
}
