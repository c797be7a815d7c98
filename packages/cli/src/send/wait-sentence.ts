import type { Language } from "@wecom-push/protocol"
import type { SendWait } from "@wecom-push/sdk"
import { say } from "../texts.ts"

/** Why a send waits, and for how long; `leftMs` is left of this wait. */
export function waitSentence(wait: SendWait, leftMs: number, language: Language): string {
  if (wait.why !== "lookup_pace") {
    const key = wait.why === "lookup_paused" ? "waitLookUpsPaused" : "waitSendsLimited"
    return say(language, key, { left: duration(leftMs, language) })
  }
  const { rule, msFor, left: addresses } = wait
  const limit = rule.limit.toLocaleString("en-US")
  const left = duration(msFor(addresses), language)
  return rule.windowMs <= MINUTE_MS
    ? say(language, "waitLookUpsMinute", { limit, left })
    : say(language, "waitLookUpsHour", { limit, left })
}

const MINUTE_MS = 60_000

function duration(ms: number, language: Language): string {
  if (ms < 2 * MINUTE_MS) return say(language, "seconds", { seconds: Math.ceil(ms / 1000) })
  const minutes = Math.ceil(ms / MINUTE_MS)
  if (minutes < 90) return say(language, "minutes", { minutes })
  return say(language, "hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 })
}
