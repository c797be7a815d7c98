import { markClass } from "./mark-class.ts"
import { AttemptLimit } from "./wire/attempt-limit.ts"

/**
 * Sends a request to WeCom. Small on purpose: undici, `node:https` and `fetch` each fit behind it, and one
 * contract suite (`testing/transport-contract.ts`) says what all of them must do.
 */
export interface Transport {
  /**
   * Resolves with whatever the server answered, any status; never follows a redirect.
   * @throws {TransportFault} when there is no whole answer
   */
  request(request: TransportRequest): Promise<TransportResponse>
  /**
   * As `request`, for answers too long or too odd for a string: resolves once the head is there. The stream errors with
   * a `TransportFault`; a caller who does not want it cancels it, which frees the connection. However many are not read,
   * requests go on: downloads have connections of their own.
   * @throws {TransportFault} when there is not even a head
   */
  download(request: TransportRequest): Promise<TransportDownload>
  /** Frees sockets. A transport handed in by the caller is the caller's to close. */
  close(): Promise<void>
}

export interface TransportRequest {
  readonly method: "GET" | "POST"
  /** Whole address, secrets in the query included: never put it into an error or a log line. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** A blob, such as a file, is read while it is sent, and anew each time. */
  readonly body?: string | Uint8Array | Blob
  /** Shown each piece of a blob as it is handed over, and how much that makes. `fetch` shows none. */
  readonly onSent?: (chunk: Uint8Array, sentBytes: number) => void
  /**
   * Called once, when a ready connection has taken the request, before its first byte goes out: the time of a try begins
   * here. `fetch`, which does not show when that is, tells it before it begins; a download never tells it. Of a transport
   * that does not tell it, a try may take as long as one may wait for a connection.
   */
  readonly onConnected?: () => void
  /** Ends connecting, sending and reading alike, so that a slow drip cannot outlive it. */
  readonly signal: AbortSignal
}

/** A request in which the limit of a try takes the place of the signal. */
export type RequestWithin = Omit<TransportRequest, "signal">

/**
 * The `request` of a transport of ours can do the same within the limit of a try, without an `AbortSignal`, which costs
 * more than all else that a transport does. It hangs on the function, so that a program that replaces `request` replaces it too.
 */
export interface OwnTransport extends Transport {
  readonly request: Transport["request"] & { readonly [WITHIN]: PerformWithin }
}

export type PerformWithin = (request: RequestWithin, limit: AttemptLimit) => Promise<TransportResponse>

export const WITHIN = Symbol("within a limit")

/** The `request` of a transport of ours, for a signal and for a limit. */
export function requestWithin(within: PerformWithin): OwnTransport["request"] {
  const request = (request: TransportRequest): Promise<TransportResponse> => {
    const limit = new AttemptLimit(request.signal)
    return within(request, limit).finally(() => limit.release())
  }
  return Object.assign(request, { [WITHIN]: within })
}

export function isOwn(transport: Transport): transport is OwnTransport {
  // oxlint-disable-next-line typescript/unbound-method -- it is not called
  return WITHIN in transport.request
}

export interface TransportResponse {
  readonly status: number
  readonly contentType: string
  /** At most `MAX_ANSWER_BYTES`; a longer answer is a fault. */
  readonly body: string
}

export interface TransportDownload {
  readonly status: number
  /** Names in lower case. Node gives each byte beyond ASCII as one character. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ReadableStream<Uint8Array>
}

export const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/**
 * `kind` `body`: the blob to be sent could not be read to its end, so that the request cannot have been understood.
 * `transport_missing`: what carries requests, a package, cannot be loaded.
 *
 * `mayHaveArrived` decides whether a call may be repeated. It is false only when the connection (and TLS) was not
 * ready, so that no byte of the request can have reached WeCom. Counting written bytes cannot tell: Node counts them
 * even after a refused connection.
 */
export class TransportFault extends Error {
  static {
    markClass(this, "TransportFault")
  }

  override readonly name = "TransportFault"
  readonly mayHaveArrived: boolean
  readonly kind: TransportFaultKind
  /** The system's name for it, as in `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `HTTP 407`. */
  readonly code: string | undefined
  /** Host and port that failed: the proxy's when it was the proxy. */
  readonly host: string

  constructor(kind: TransportFaultKind, mayHaveArrived: boolean, at: { host: string; code?: string | undefined }) {
    super(`${kind} at ${at.host}${at.code === undefined ? "" : ` (${at.code})`}`)
    this.kind = kind
    this.mayHaveArrived = mayHaveArrived
    this.code = at.code
    this.host = at.host
  }
}

export type TransportFaultKind =
  | "refused"
  | "dns"
  | "unreachable"
  | "tls"
  | "proxy"
  | "timeout"
  | "reset"
  | "cut"
  | "too_large"
  | "protocol"
  | "aborted"
  | "body"
  | "transport_missing"
