import { RECIPIENT_STATES } from "@wecom-push/protocol/delivery"
import type { StateCounts } from "@wecom-push/protocol/delivery"
import { emptyCounts } from "../model/recipients.ts"

/** The counts as JSON, without the zeros. */
export function packCounts(counts: StateCounts): string {
  const present: Partial<Record<keyof StateCounts, number>> = {}
  for (const state of RECIPIENT_STATES) if (counts[state] > 0) present[state] = counts[state]
  return JSON.stringify(present)
}

export function unpackCounts(json: string): StateCounts {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `packCounts`
  return { ...emptyCounts(), ...(JSON.parse(json) as Partial<StateCounts>) }
}
