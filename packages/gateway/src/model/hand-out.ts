import type { Readiness } from "./ports/work.ts"

/** What of an app that has something due is handed out now. `untilMs`: nothing else of it before then. */
export type HandOut =
  | { readonly kind: "all" }
  | { readonly kind: "one"; readonly untilMs: number }
  | { readonly kind: "none"; readonly untilMs: number }

/**
 * Of an app that is closed one message goes out, when its time has come, to find out whether the app is open again: the one
 * that has been due for longest.
 * @param isProbing one of the app is finding out
 */
export function handOut(readiness: Readiness, nowMs: number, isProbing: boolean): HandOut {
  if (readiness.kind === "open") return { kind: "all" }
  if (readiness.kind === "unusable") return { kind: "none", untilMs: nowMs + LOOK_AGAIN_MS }
  const { probeAtMs } = readiness
  if (probeAtMs > nowMs) return { kind: "none", untilMs: probeAtMs }
  return { kind: isProbing ? "none" : "one", untilMs: nowMs + LONGEST_PROBE_MS }
}

/** After which another message tries, should the result of the one before never be reported. */
const LONGEST_PROBE_MS = 30_000
/** At an app that cannot be used, should the notice of its change be lost. */
const LOOK_AGAIN_MS = 60_000
