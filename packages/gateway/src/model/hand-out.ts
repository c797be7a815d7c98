import type { Readiness } from "./ports/work.ts"

/**
 * Which messages of an app with due messages are handed out now. No more of its messages are handed out before
 * `untilMs`.
 */
export type HandOut =
  | { readonly kind: "all" }
  | { readonly kind: "one"; readonly untilMs: number }
  | { readonly kind: "none"; readonly untilMs: number }

/**
 * When a closed app may try, one message is handed out to find out whether the app is open again: the message that has
 * been due for longest.
 * @param isProbing a message of the app is trying
 */
export function handOut(readiness: Readiness, nowMs: number, isProbing: boolean): HandOut {
  if (readiness.kind === "open") return { kind: "all" }
  if (readiness.kind === "unusable") return { kind: "none", untilMs: nowMs + LOOK_AGAIN_MS }
  const { probeAtMs } = readiness
  if (probeAtMs > nowMs) return { kind: "none", untilMs: probeAtMs }
  return { kind: isProbing ? "none" : "one", untilMs: nowMs + LONGEST_PROBE_MS }
}

/** Another message tries after this time, in case the result of the last try is never reported. */
const LONGEST_PROBE_MS = 30_000
/** An app that cannot be used is looked at again after this time, in case the notice of its change is lost. */
const LOOK_AGAIN_MS = 60_000
