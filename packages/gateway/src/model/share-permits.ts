/** One of those who share a number of slots. */
export interface Sharer {
  readonly id: string
  /** How many it has use for. */
  readonly need: number
  /** Since when it waits for its turn: who has waited longest gets what cannot be divided. */
  readonly since: number
}

/** The same for whoever looks. */
function inTurn(one: Sharer, other: Sharer): number {
  return one.since - other.since || (one.id < other.id ? -1 : 1)
}

/**
 * Nobody gets more than they need, and who needs much gets as much as the others who do. Where there are fewer slots than
 * sharers, those have one who have waited longest.
 * @returns how many each has a right to, by id
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
