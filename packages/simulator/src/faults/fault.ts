/**
 * A fault as `POST /_sim/faults` takes it: which calls it strikes, and what they meet. "Acts" means that the call is done:
 * the message really arrives, and only its answer is lost.
 */
export type Fault = FaultAim & FaultMet

interface FaultAim {
  /**
   * Below `/cgi-bin/`, as in `message/send`; `*` for every call. For frames of smart robots their `cmd`, as in `aibot_send_msg`, and
   * `_bot` for the beginning of a connection.
   */
  readonly path: string
  /** How many calls it strikes, at least 1. Default 1. */
  readonly times?: number | undefined
  /** How many of these calls pass first. Default 0. */
  readonly after?: number | undefined
  /** Only calls whose raw body contains this text. */
  readonly match?: string | undefined
  /**
   * How long it waits before it answers or cuts, in milliseconds, at most 2,147,483,647; `drip`: before each byte. A call that
   * hangs is cut after it, and without it when the caller leaves.
   */
  readonly delay_ms?: number | undefined
}

type FaultMet =
  /** WeCom answers `errcode`; the members of `body` join the answer. */
  | {
      readonly kind: "errcode"
      readonly errcode: number
      readonly body?: Readonly<Record<string, unknown>> | undefined
      readonly acts?: boolean | undefined
    }
  /** Something on the way answers, as a proxy does: `status` from 200 to 599, which `html` may leave out. */
  | ({ readonly kind: "http_status"; readonly status: number } & StandIn)
  | ({ readonly kind: "html"; readonly status?: number | undefined } & StandIn)
  /** These bytes go onto the wire as they are, and the connection ends. */
  | {
      readonly kind: "raw"
      readonly body?: string | undefined
      readonly body_base64?: string | undefined
      readonly acts?: boolean | undefined
    }
  /** The connection is reset, or silent until the caller leaves: before acting, or after it. */
  | { readonly kind: "reset_before" | "reset_after" | "hang_before" | "hang_after" }
  /** Acts and answers, late or a byte at a time. */
  | { readonly kind: "slow" | "drip"; readonly delay_ms: number }
  /** Acts, sends the first `bytes` bytes of the answer and cuts. */
  | { readonly kind: "truncate"; readonly bytes: number }

interface StandIn {
  /** A text, or what becomes JSON text. */
  readonly body?: unknown
  /** Length of the answer, reached by repeating `body`. */
  readonly bytes?: number | undefined
  readonly acts?: boolean | undefined
}
