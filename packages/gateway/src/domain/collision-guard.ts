import { MAX_DUPLICATE_CHECK_SECONDS } from "@wecom-push/protocol"
import { callBody } from "./call-body.ts"
import type { CallContent } from "./call-body.ts"
import type { DuplicateCheckMode } from "./message.ts"
import type { NewCall } from "../ports/outbox.ts"
import type { Target } from "./target.ts"

/**
 * The bytes of a call, and how the store tells whether an equal body of another message would make WeCom swallow it.
 * Ours then goes without the check; a caller who asked for the check wants it swallowed.
 * @param hash SHA-256 of a text
 */
export function guardedBody(
  targets: readonly Target[],
  content: CallContent,
  mode: DuplicateCheckMode,
  hash: (body: string) => string,
): Pick<NewCall, "body" | "checkSeconds" | "guard"> {
  const plain = callBody(targets, content, null)
  if (mode.by === "caller") {
    const checkSeconds = mode.intervalSeconds
    return {
      body: callBody(targets, content, checkSeconds),
      checkSeconds,
      guard: { hash: hash(plain), windowMs: checkSeconds * 1000 },
    }
  }
  return {
    body: callBody(targets, content, MAX_DUPLICATE_CHECK_SECONDS),
    checkSeconds: MAX_DUPLICATE_CHECK_SECONDS,
    guard: { hash: hash(plain), windowMs: MAX_DUPLICATE_CHECK_SECONDS * 1000 + MARGIN_MS, bodyWithoutCheck: plain },
  }
}

/** An earlier call whose window may not quite have ended. */
const MARGIN_MS = 300_000
