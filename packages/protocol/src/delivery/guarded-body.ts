import { MAX_DUPLICATE_CHECK_SECONDS } from "../limits.ts"
import type { CallKind } from "./kinds/call-kind.ts"
import type { BodyTarget, CallContent } from "./call-body.ts"

/**
 * Who wants WeCom's duplicate check. `gateway`: we do, with 14,400 s on every call and with the collision guard.
 * `caller`: the message asks for it, with its own interval and without the guard; an equal body then settles as
 * `suppressed`.
 */
export type DuplicateCheckMode =
  | { readonly by: "gateway" }
  | { readonly by: "caller"; readonly intervalSeconds: number }

export interface GuardedBody {
  readonly body: string
  /** Null when the kind of call has no duplicate check: an equal body is then a second copy. */
  readonly checkSeconds: number | null
  readonly guard?: {
    /** The hash of the body without the check. */
    readonly hash: string
    /** How many milliseconds WeCom would hide an equal body. */
    readonly windowMs: number
    /** The body to send instead, when an equal body of another message is within its window. */
    readonly bodyWithoutCheck?: string
  }
}

/**
 * The bytes of a call, and what a store needs to find out whether WeCom would hide it because another message has an
 * equal body. In mode `gateway` the call is then sent without the check; in mode `caller` hiding it is what the caller
 * wants.
 * @param hash SHA-256 of a text
 */
export function guardedBody(
  kind: Pick<CallKind, "bodyOf" | "hasDuplicateCheck">,
  targets: readonly BodyTarget[],
  content: CallContent,
  mode: DuplicateCheckMode,
  hash: (body: string) => string,
): GuardedBody {
  const plain = kind.bodyOf(targets, content, null)
  if (!kind.hasDuplicateCheck) return { body: plain, checkSeconds: null }
  const checkSeconds = mode.by === "caller" ? mode.intervalSeconds : MAX_DUPLICATE_CHECK_SECONDS
  const windowMs = checkSeconds * 1000
  const body = kind.bodyOf(targets, content, checkSeconds)
  if (mode.by === "caller") return { body, checkSeconds, guard: { hash: hash(plain), windowMs } }
  return {
    body,
    checkSeconds,
    guard: { hash: hash(plain), windowMs: windowMs + MARGIN_MS, bodyWithoutCheck: plain },
  }
}

/** For an earlier call whose window may not have ended yet. */
const MARGIN_MS = 300_000
