import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "@wecom-push/protocol"
import type { Target } from "./target.ts"

/**
 * Packs targets into the fewest calls WeCom allows, each at most 1000 users, 100 departments and 100 tags, in the
 * order given. Departments and tags ride with the first calls.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function planCalls(targets: Iterable<Target>): Target[][] {
  const byKind = Map.groupBy(targets, ({ kind }) => kind)
  const calls: Target[][] = []
  for (const [kind, ofKind] of byKind) {
    const most = MOST_PER_CALL[kind]
    for (let start = 0; start < ofKind.length; start += most) {
      const call = (calls[start / most] ??= [])
      for (const target of ofKind.slice(start, start + most)) call.push(target)
    }
  }
  return calls
}

export const MOST_PER_CALL = {
  user: MAX_USERS_PER_CALL,
  department: MAX_DEPARTMENTS_PER_CALL,
  tag: MAX_TAGS_PER_CALL,
  all: 1,
} as const satisfies Record<Target["kind"], number>
