/**
 * What a faulty call meets. "Acts" means that the message really arrives and the ledger shows it.
 *
 * - `errcode`: WeCom refuses with `errcode`, with the members of `body` added to the answer
 * - `http_status`, `html`: something in between answers instead of WeCom
 * - `raw`: `body` goes onto the wire as it stands, then the connection ends: garbage, headers cut short, no length
 * - `reset_before`, `reset_after`: the connection is reset, the latter after acting
 * - `hang_before`, `hang_after`: no answer until the caller leaves (or `delayMs` is over), the latter after acting
 * - `slow`: acts and answers, `delayMs` late
 * - `drip`: acts and answers, a byte of the body every `delayMs`
 * - `truncate`: acts, answers headers that promise all and the first `bytes` of the body, then cuts
 */
export const FAULT_KINDS = [
  "errcode",
  "http_status",
  "html",
  "raw",
  "reset_before",
  "reset_after",
  "hang_before",
  "hang_after",
  "slow",
  "drip",
  "truncate",
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

/** A fault waiting for its call. */
export interface PlannedFault {
  /** Below `/cgi-bin/`, as in `message/send`; `*` for every call. */
  readonly path: string
  readonly kind: FaultKind
  /** How many calls still get it. */
  readonly times: number
  /** How many matching calls still pass untouched before it. */
  readonly after: number
  /** Only calls whose raw body contains these bytes (of its UTF-8). */
  readonly match?: string | undefined
  readonly errcode?: number | undefined
  readonly status?: number | undefined
  /** `truncate`: how much of the body arrives. `http_status`, `html`: how long the answer is, by repeating `body`. */
  readonly bytes?: number | undefined
  readonly delayMs?: number | undefined
  /** Text, or what becomes JSON text. */
  readonly body?: unknown
  /** `raw` only: bytes that are no text. */
  readonly bodyBase64?: string | undefined
  /** Whether the call is done before `errcode`, `http_status`, `html` or `raw` answers something else. */
  readonly acts?: boolean | undefined
}
