import type { CallItem } from "./call-item.ts"

/** How many calls are asked for at once. */
export const CALLS_PER_PAGE = 50

/**
 * The newest calls put in place of what was held of them. Older ones stay only where nothing is missing in between:
 * after a burst or a reset the list begins anew.
 * @param held oldest first, as `fresh` is
 * @param fresh the newest `CALLS_PER_PAGE` that fit; fewer mean that these are all
 */
export function mergeCalls(held: readonly CallItem[], fresh: readonly CallItem[]): readonly CallItem[] {
  const [oldest] = fresh
  if (oldest === undefined || fresh.length < CALLS_PER_PAGE) return fresh
  const overlaps = held.some(({ seq }) => seq >= oldest.seq)
  return overlaps ? [...held.filter(({ seq }) => seq < oldest.seq), ...fresh] : fresh
}
