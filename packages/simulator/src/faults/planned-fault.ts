import type { JsonObject } from "../json.ts"

/** A fault waiting for its call. */
export type PlannedFault = Aim & FaultEffect

/** Which calls a fault strikes. */
interface Aim {
  /** Below `/cgi-bin/`, as in `message/send`; `*` for every call. */
  readonly path: string
  /** How many calls still get it. */
  readonly times: number
  /** How many matching calls still pass untouched before it. */
  readonly after: number
  /** Only calls whose raw body contains this text. */
  readonly match?: string | undefined
  /** How long it waits before it answers or cuts; `drip`: before each byte; `hang_…`: for ever without it. */
  readonly delayMs?: number | undefined
}

/** What a struck call meets. "Acts" means that the call is done: the message really arrives, the ledger shows it. */
export type FaultEffect =
  /** WeCom answers `errcode`; the members of `body` join the answer. */
  | { readonly kind: "errcode"; readonly errcode: number; readonly body?: JsonObject | undefined; readonly acts?: Acts }
  /** Something on the way answers instead of WeCom. */
  | ({ readonly kind: "http_status"; readonly status: number } & Substitute)
  | ({ readonly kind: "html"; readonly status?: number | undefined } & Substitute)
  /** These bytes go onto the wire as they are and the connection ends: garbage, cut headers, an answer without length. */
  | { readonly kind: "raw"; readonly body: Uint8Array; readonly acts?: Acts }
  /** The connection is reset, without acting or after it. */
  | { readonly kind: "reset_before" | "reset_after" }
  /** No answer until the caller leaves, without acting or after it. */
  | { readonly kind: "hang_before" | "hang_after" }
  /** Acts and answers, late or a byte at a time. */
  | { readonly kind: "slow" | "drip"; readonly delayMs: number }
  /** Acts, promises the whole answer in its headers, sends the first `bytes` of the body and cuts. */
  | { readonly kind: "truncate"; readonly bytes: number }

export interface Substitute {
  /** A text, or what becomes JSON text. */
  readonly body?: unknown
  /** Length of the answer, reached by repeating `body`: for answers that no program should hold in memory. */
  readonly bytes?: number | undefined
  readonly acts?: Acts
}

/** True: the call is done all the same, and only its answer is lost. */
type Acts = boolean | undefined

export type FaultKind = FaultEffect["kind"]

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
] as const satisfies readonly FaultKind[]
