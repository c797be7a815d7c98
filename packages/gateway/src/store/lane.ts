import { flag, integer, optionalInteger, optionalText } from "./row.ts"
import type { Row } from "./row.ts"

/** Another member of the lane is before this one. */
export interface Behind {
  /** When no member before it holds the lane any more; undefined: unknown. */
  readonly until: number | undefined
}

/** The lane of a message, and when it joins or has joined it; undefined for one without a lane. */
export function laneOf(row: Row): { readonly orderKey: string; readonly laneAt: number } | undefined {
  const [orderKey, laneAt] = [optionalText(row, "order_key"), optionalInteger(row, "lane_at")]
  return orderKey === undefined || laneAt === undefined ? undefined : { orderKey, laneAt }
}

/**
 * The members to free at that time: those up to the first that still holds the lane then.
 * @param members in the order of the lane, with `seq`, `behind` and `lane_until`; none after that first one is read
 * @returns the numbers of those that wait
 */
export function freedMembers(members: Iterable<Row>, at: number): number[] {
  const freed: number[] = []
  for (const member of members) {
    if (flag(member, "behind")) freed.push(integer(member, "seq"))
    const until = optionalInteger(member, "lane_until")
    if (until === undefined || until > at) break
  }
  return freed
}
