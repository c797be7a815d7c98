import { markClass } from "./mark-class.ts"
import { AttemptLimit } from "./wire/attempt-limit.ts"

/**
 * Sends a request to WeCom. The interface is small so that undici, `node:https` and `fetch` can each implement it; one
 * contract suite (`testing/transport-contract.ts`) says what all of them must do.
 */
export interface Transport {
  /**
   * Resolves with the server's answer, of any status; never follows a redirect.
   * @throws {TransportFault} when there is no complete answer
   */
  request(request: TransportRequest): Promise<TransportResponse>
  /**
   * The same as `request`, for answers that are too long or too unusual for a string: resolves once the head has
   * arrived. The stream errors with a `TransportFault`; a caller that does not want it cancels it, which frees the
   * connection. Unread downloads do not delay requests: downloads have connections of their own.
   * @throws {TransportFault} when not even a head arrives
   */
  download(request: TransportRequest): Promise<TransportDownload>
  /** Closes its sockets. The caller closes a transport that it has passed in. */
  close(): Promise<void>
}

export interface TransportRequest {
  readonly method: "GET" | "POST"
  /** The whole address, with secrets in the query: never put it into an error or a log line. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** A blob, such as a file, is read while it is sent, and read again for each try. */
  readonly body?: string | Uint8Array | Blob
  /** Called with each piece of a blob as it is handed over, and the number of bytes so far. `fetch` never calls it. */
  readonly onSent?: (chunk: Uint8Array, sentBytes: number) => void
  /**
   * Called once, when a ready connection has taken the request, before its first byte is sent: the time of a try begins
   * here. `fetch`, which does not show when that is, calls it before it begins; a download never calls it. With a
   * transport that does not call it, a try may take as long as waiting for a connection may take.
   */
  readonly onConnected?: () => void
  /** Ends connecting, sending and reading, so that an answer that arrives very slowly cannot exceed the limit. */
  readonly signal: AbortSignal
}

/** A request in which the time limit of a try replaces the signal. */
export type RequestWithin = Omit<TransportRequest, "signal">

/**
 * The `request` of our own transports can do the same within the time limit of a try, without an `AbortSignal`, which
 * costs more than everything else that a transport does. This is a property of the function, so that a program that
 * replaces `request` replaces it too.
 */
export interface OwnTransport extends Transport {
  readonly request: Transport["request"] & { readonly [WITHIN]: PerformWithin }
}

export type PerformWithin = (request: RequestWithin, limit: AttemptLimit) => Promise<TransportResponse>

export const WITHIN = Symbol("within a limit")

/** Makes the `request` of our own transports, for a signal and for a time limit. */
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
  /** Names are in lower case. Node gives each byte beyond ASCII as one character. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ReadableStream<Uint8Array>
}

export const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** The `code` of the fault for a request after the transport was closed. */
export const CLOSED = "closed"

/**
 * `kind` `body`: the blob could not be read to its end, so the server cannot have understood the request.
 * `transport_missing`: the package that carries requests cannot be loaded.
 * `mayHaveArrived` decides whether a call may be repeated. It is false only when the connection (and TLS) was not
 * ready, so that no byte of the request can have reached WeCom. Counting written bytes does not show it: Node counts
 * them even after a refused connection.
 */
export class TransportFault extends Error {
  static {
    markClass(this, "TransportFault")
  }

  override readonly name = "TransportFault"
  readonly mayHaveArrived: boolean
  readonly kind: TransportFaultKind
  /** The system's name for the fault, such as `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `HTTP 407`. */
  readonly code: string | undefined
  /** Host and port that failed: the proxy's if the proxy failed. */
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
