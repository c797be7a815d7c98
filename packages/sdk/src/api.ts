import type { WeComAnswer } from "@wecom-push/protocol/delivery"
import type { Clock } from "./clock.ts"

/** One call of WeCom's API that needs a token. */
export interface ApiRequest {
  /** Below `/cgi-bin/`, as in `message/send`. */
  readonly path: string
  readonly method: "GET" | "POST"
  readonly query?: Readonly<Record<string, string>>
  /** As in `range` and `traceparent`, beside our own. */
  readonly headers?: Readonly<Record<string, string>>
  /** Exactly these bytes go out, also when the call is repeated: JSON, or a blob of its own type. */
  readonly body?: string | Blob
  /** Shown each piece of a blob as it goes out, and how much that makes; begins anew with each try. */
  readonly onSent?: (chunk: Uint8Array, sentBytes: number) => void
  /** Time that one try may take beyond the usual, as a big body does. */
  readonly extraTimeMs?: number
  /**
   * May it be repeated after an answer was lost? True for look-ups and other calls that change nothing, and for a
   * `message/send` that carries the duplicate check. A lost answer leaves `in_doubt` what is not repeatable, and
   * whatever is below `message/` even if it is.
   */
  readonly repeatable: boolean
  /**
   * `once` for callers with retries of their own: the first answer or failure is final, -1 too. A refused token is
   * renewed all the same. As often as it takes unless given.
   */
  readonly tries?: "once"
  readonly signal?: AbortSignal | undefined
  /** Milliseconds since 1970; no attempt starts and none lasts past it. */
  readonly deadline: number
}

/** The parsed answer: `errcode` is always there, whatever WeCom left out. */
export type ApiAnswer = WeComAnswer

/** Bytes as an answer. Cancel the stream if it is not read to its end. */
export interface ApiDownload {
  readonly status: number
  /** Names in lower case; each byte beyond ASCII is one character. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: ReadableStream<Uint8Array>
}

/**
 * Calls WeCom with a token: refreshes a refused one once, repeats what may be repeated within the deadline (-1 at
 * most three tries), and never repeats what may have arrived unless it is `repeatable`.
 */
export interface Api {
  readonly clock: Clock
  /**
   * Resolves with any definite answer, `errcode` 0 or not, token troubles excepted.
   * @throws {WeComError} `unreachable`, `in_doubt` (also when a try was lost and a later one met a refusal that does
   * not disprove the first, as a busy system or 42014 of a repeated card do; `errcode` is then that of the refusal),
   * `unusable_answer`, `deadline`, `aborted`; `refused` when gettoken was refused or the token cannot be mended
   */
  call(request: ApiRequest): Promise<ApiAnswer>
  /**
   * As `call`, for what answers bytes. The deadline is for the head; after it no piece may keep its reader waiting
   * longer than a try may take. The stream errors with a `WeComError`.
   * @throws {WeComError} also `refused`, which WeCom answers as JSON in the place of the bytes
   */
  download(request: ApiRequest): Promise<ApiDownload>
}
