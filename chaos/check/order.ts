import { SEND_PATH } from "./evidence.ts"
import type { Evidence, Fault, LedgerCall } from "./evidence.ts"
import { Findings } from "./findings.ts"
import { postsOf } from "./posts.ts"
import type { Post } from "./posts.ts"

/**
 * Of a lane one message goes out after another: none is shown before the last copy of the one before it. One that is in
 * doubt holds its lane for a minute, and no longer.
 */
export function judgeOrder({ happenings, calls, told }: Evidence): Fault[] {
  const findings = new Findings()
  const callsOf = Map.groupBy(
    calls.filter(({ path }) => path === SEND_PATH),
    ({ topic = "" }) => topic,
  )
  const posts = postsOf(happenings).filter(({ lane, outcome }) => lane !== null && outcome === "ok")
  for (const [lane, ofLane] of Map.groupBy(posts, ({ lane }) => lane)) {
    let before: { readonly topic: string; readonly begunAt: number; readonly shownUntil: number } | undefined
    for (const post of ofLane) {
      const sends = callsOf.get(post.topic) ?? []
      const shown = sends.filter((call) => call.shown.length > 0).map(({ at }) => at)
      if (shown.length === 0 || isInDoubt(post, told)) continue
      const shownFrom = Math.min(...shown)
      if (before !== undefined && shownFrom < before.shownUntil && shownFrom < before.begunAt + DOUBT_HOLDS_MS) {
        findings.add(
          "disordered",
          "shown before the one before it in its lane",
          `${lane}: ${post.topic}, ${before.topic}`,
        )
      }
      before = { topic: post.topic, begunAt: firstAt(sends), shownUntil: Math.max(...shown) }
    }
  }
  return findings.list()
}

const DOUBT_HOLDS_MS = 55_000

function isInDoubt({ ids }: Post, told: Evidence["told"]): boolean {
  return [...ids].some((id) => told.get(id)?.recipients.some(({ state }) => state === "in_doubt"))
}

function firstAt(sends: readonly LedgerCall[]): number {
  return Math.min(...sends.map(({ at }) => at))
}
