import type { Fault } from "./evidence.ts"
import { Findings } from "./findings.ts"

/**
 * A follower gets each event once and in order, even if its connection ends many times. When the database has gone back to
 * an earlier moment, the follower may have got events that no longer exist: then it gets a reset, and all existing events.
 * @param there the ids of all events, in their order
 * @param heard what each follower got, from one reset to the next, in its order
 * @param lasting for each time that the database has gone back, the id of the last event that was left
 */
export function judgeFollowers(
  there: readonly number[],
  heard: readonly (readonly (readonly number[])[])[],
  lasting: readonly number[] = [],
): Fault[] {
  const findings = new Findings()
  const known = new Set(there)
  for (const [index, spans] of heard.entries()) {
    const place = `follower ${index + 1}`
    const [ids = [], ...before] = spans.toReversed()
    judgeSpan(there, ids, place, findings)
    for (const span of before) {
      // After the last event that was left, a new event may have the id of a lost one until the loss is noticed.
      const last = Math.min(span.at(-1) ?? 0, ...lasting)
      judgeSpan(
        there.filter((id) => id <= last),
        span,
        place,
        findings,
      )
    }
    const unknown = ids.filter((id) => !known.has(id)).length
    if (unknown > 0) findings.add("unexpected", "events that are not there, and no reset after them", place, unknown)
    const resets = before.length - MOST_RESETS * lasting.length
    if (resets > 0) findings.add("unexpected", "a reset without a cause", place, resets)
  }
  return findings.list()
}

/**
 * A follower that connects to a gateway that has not noticed the loss yet gets the events that exist, new ones among them. Once the
 * gateway notices the loss, the ids of these count as lost, and another reset follows.
 */
const MOST_RESETS = 2

function judgeSpan(there: readonly number[], ids: readonly number[], place: string, findings: Findings): void {
  const seen = new Set(ids)
  const missing = there.filter((id) => !seen.has(id))
  if (missing.length > 0) findings.add("lost", "events that a follower was not told", place, missing.length)
  if (seen.size < ids.length)
    findings.add("duplicated", "events that a follower got twice", place, ids.length - seen.size)
  if (ids.some((id, at) => id < (ids[at - 1] ?? 0))) findings.add("disordered", "events out of their order", place)
}
