/**
 * Numbers that nobody has count against the corp, and too many of them close WeCom's look-up for a day. Whoever asks
 * takes from the day's budget first and gives back for hits, so that look-ups under way together cannot overspend, and
 * a crash in between spends too much rather than too little.
 */
export interface MissBudget {
  /** @param day as in `2026-11-25`, of Beijing. @returns how many of `wanted` were granted */
  take(corpId: string, day: string, wanted: number, budget: number): Promise<number>
  giveBack(corpId: string, day: string, count: number): Promise<void>
  taken(corpId: string, day: string): Promise<number>
}
