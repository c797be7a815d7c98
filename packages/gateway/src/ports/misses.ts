/**
 * Numbers that nobody has count against the corp, and too many of them close WeCom's look-up for a day. Whoever asks
 * takes from the day's budget first and settles with the answer, so that look-ups under way together cannot overspend.
 *
 * What was under way when a process died is given back to the next one: whether those numbers were anybody's is not
 * known, and their messages must not wait for the next day. As much as the budget is given back a day, so that WeCom
 * sees twice the budget at most, however often a process dies.
 */
export interface MissBudget {
  /** @param day as in `2026-11-25`, of Beijing. @returns how many of `wanted` may be asked */
  take(corpId: string, day: string, wanted: number, budget: number): Promise<number>
  /** Of what was taken so many were asked, and so many of them were nobody's. */
  settle(corpId: string, day: string, asked: { readonly asked: number; readonly missed: number }): Promise<void>
  /** Misses of the day, and what is being asked. */
  taken(corpId: string, day: string): Promise<number>
}
