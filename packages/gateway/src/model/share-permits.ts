/** One of the sharers of a number of permits. */
export interface Sharer {
  readonly id: string
  /** How many it can use. */
  readonly need: number
  /** Since when it waits: the remainder goes to those who have waited longest. */
  readonly since: number
}

/** The same order on every node. */
function inTurn(one: Sharer, other: Sharer): number {
  return one.since - other.since || (one.id < other.id ? -1 : 1)
}

/**
 * No sharer gets more than it needs, and those that need more than an equal share get the same. With fewer permits than
 * sharers, those that have waited longest get one.
 * @returns how many each may have, by id
 */
export function sharePermits(limit: number, sharers: readonly Sharer[]): ReadonlyMap<string, number> {
  const shares = sharers.map((sharer) => ({ ...sharer, share: 0 }))
  let left = limit
  let short = shares.toSorted(inTurn)
  while (left > 0 && short.length > 0) {
    const each = Math.max(1, Math.floor(left / short.length))
    for (const one of short) {
      const more = Math.min(each, one.need - one.share, left)
      one.share += more
      left -= more
    }
    short = short.filter(({ need, share }) => share < need)
  }
  return new Map(shares.map(({ id, share }) => [id, share]))
}
