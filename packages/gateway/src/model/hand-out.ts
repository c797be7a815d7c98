import type { Readiness } from "./ports/work.ts"

/** What an app with due messages gets handed out now. `untilMs`: nothing else of it before then. */
export type HandOut =
  | { readonly kind: "all" }
  | { readonly kind: "one"; readonly untilMs: number }
  | { readonly kind: "none"; readonly untilMs: number }

/**
 * A closed app gets one message handed out when its time has come, which tries whether the app is open again: the one
 * that has been due for longest.
 * @param isProbing a message of the app is trying
 */
export function handOut(readiness: Readiness, nowMs: number, isProbing: boolean): HandOut {
  if (readiness.kind === "open") return { kind: "all" }
  if (readiness.kind === "unusable") return { kind: "none", untilMs: nowMs + LOOK_AGAIN_MS }
  const { probeAtMs } = readiness
  if (probeAtMs > nowMs) return { kind: "none", untilMs: probeAtMs }
  return { kind: isProbing ? "none" : "one", untilMs: nowMs + LONGEST_PROBE_MS }
}

/** After this time another message tries, in case the result of the one before is never reported. */
const LONGEST_PROBE_MS = 30_000
/** At an app that cannot be used, in case the notice of its change is lost. */
const LOOK_AGAIN_MS = 60_000
