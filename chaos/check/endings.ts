import type { Evidence, Fault } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { postsOf } from "./posts.ts"

/**
 * At the end of a bad day every message is sent: the troubles were not faults of the messages, no message has expired, and
 * none was recalled.
 */
export function judgeEndings({ happenings, told }: Pick<Evidence, "happenings" | "told">): Fault[] {
  const findings = new Findings()
  for (const { number, ids, outcome } of postsOf(happenings)) {
    const place = `post ${number}`
    if (outcome === "fail") findings.add("untruthful", "a good request was refused for good", place)
    for (const id of ids) {
      for (const { state, reason } of told.get(id)?.recipients ?? []) {
        if (state === "sent" || state === "pending") continue
        const text = state === "expired" ? "expired before its time" : `ended without cause: ${state}, ${reason}`
        findings.add("untruthful", text, place)
      }
    }
  }
  return findings.list()
}
