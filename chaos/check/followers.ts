import type { Fault } from "./evidence.ts"
import { Findings } from "./findings.ts"

/**
 * A follower gets each event once and in order, however often its connection ends.
 * @param there the ids of all events, in their order
 * @param heard what each follower was told, in its order
 */
export function judgeFollowers(there: readonly number[], heard: readonly (readonly number[])[]): Fault[] {
  const findings = new Findings()
  for (const [index, ids] of heard.entries()) {
    const place = `follower ${index + 1}`
    const seen = new Set(ids)
    const missing = there.filter((id) => !seen.has(id))
    if (missing.length > 0) findings.add("lost", "events that a follower was not told", place, missing.length)
    if (seen.size < ids.length)
      findings.add("duplicated", "events that a follower was told twice", place, ids.length - seen.size)
    if (ids.some((id, at) => id < (ids[at - 1] ?? 0))) findings.add("disordered", "events out of their order", place)
  }
  return findings.list()
}
