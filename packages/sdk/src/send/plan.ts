import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "@wecom-push/protocol"
import type { Target } from "./target.ts"

/**
 * Packs targets into the fewest calls WeCom allows, each at most 1000 users, 100 departments and 100 tags, in the
 * order given. Departments and tags ride with the first calls.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function planCalls(targets: readonly Target[]): Target[][] {
  const calls: Target[][] = []
  const planned = { user: 0, department: 0, tag: 0, all: 0 }
  targets.forEach((target) => {
    const { kind } = target
    const call = (calls[Math.floor(planned[kind] / MOST_PER_CALL[kind])] ??= [])
    call.push(target)
    planned[kind] += 1
  })
  return calls
}

export const MOST_PER_CALL = {
  user: MAX_USERS_PER_CALL,
  department: MAX_DEPARTMENTS_PER_CALL,
  tag: MAX_TAGS_PER_CALL,
  all: 1,
} as const satisfies Record<Target["kind"], number>
