import { MAX_DUPLICATE_CHECK_SECONDS } from "../limits.ts"
import type { CallKind } from "./kinds/call-kind.ts"
import type { BodyTarget, CallContent } from "./call-body.ts"

/**
 * Who wants WeCom's duplicate check. `gateway`: we do, 14,400 s on every call, with the collision guard. `caller`: asked
 * for in the message, the caller's interval, guard off, an equal body settles as `suppressed`.
 */
export type DuplicateCheckMode =
  | { readonly by: "gateway" }
  | { readonly by: "caller"; readonly intervalSeconds: number }

export interface GuardedBody {
  readonly body: string
  /** Null where the kind of call has no duplicate check: an equal body is a second copy. */
  readonly checkSeconds: number | null
  readonly guard?: {
    /** Of the body without the check. */
    readonly hash: string
    /** How long an equal body would be swallowed. */
    readonly windowMs: number
    /** The body to send instead, when an equal body of another message is inside its window. */
    readonly bodyWithoutCheck?: string
  }
}

/**
 * The bytes of a call, and how a store tells whether an equal body of another message would make WeCom swallow it. Ours
 * then goes without the check; a caller who asked for the check wants it swallowed.
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

/** An earlier call whose window may not quite have ended. */
const MARGIN_MS = 300_000
