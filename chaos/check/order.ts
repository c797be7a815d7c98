import { SEND_PATH } from "./evidence.ts"
import type { Evidence, Fault } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { postsOf } from "./posts.ts"
import type { Post } from "./posts.ts"

/**
 * The messages of a lane go out one after another: none is shown before the last copy of the message before it. A message
 * with an unknown outcome holds its lane for one minute, counted from the try that left it unknown, and no longer.
 */
export function judgeOrder({ happenings, calls, told }: Evidence): Fault[] {
  const findings = new Findings()
  const callsOf = Map.groupBy(
    calls.filter(({ path }) => path === SEND_PATH),
    ({ topic = "" }) => topic,
  )
  const posts = postsOf(happenings).filter(({ lane, outcome }) => lane !== null && outcome === "ok")
  for (const [lane, ofLane] of Map.groupBy(posts, ({ lane }) => lane)) {
    let before: Shown | undefined
    for (const post of ofLane) {
      const shownAt = (callsOf.get(post.topic) ?? []).filter(({ shown }) => shown.length > 0).map(({ at }) => at)
      if (shownAt.length === 0 || isInDoubt(post, told)) continue
      const [from, until] = [Math.min(...shownAt), Math.max(...shownAt)]
      if (before !== undefined && from < before.until && from < before.holdsUntil) {
        const text = "shown before the one before it in its lane"
        findings.add("disordered", text, `${lane}: ${post.topic} ${before.until - from} ms before ${before.topic}`)
      }
      before = { topic: post.topic, until, holdsUntil: inDoubtSince(post, told) + DOUBT_HOLDS_MS }
    }
  }
  return findings.list()
}

interface Shown {
  readonly topic: string
  /** When the last copy of it was shown. */
  readonly until: number
  readonly holdsUntil: number
}

/** A little less than the minute, because the simulator notes the time at which a call arrives. */
const DOUBT_HOLDS_MS = 59_000

function isInDoubt({ ids }: Post, told: Evidence["told"]): boolean {
  return [...ids].some((id) => told.get(id)?.recipients.some(({ state }) => state === "in_doubt"))
}

function inDoubtSince({ ids }: Post, told: Evidence["told"]): number {
  return Math.min(...[...ids].map((id) => told.get(id)?.inDoubtSince ?? Infinity))
}
