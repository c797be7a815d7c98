import { PHASES } from "../history.ts"
import type { Happening, Phase } from "../history.ts"

export type Coverage = Readonly<Record<Phase, number>>

/** How often the gateway was killed in each phase. A kill in two phases counts in both. */
export function coverageOf(happenings: readonly Happening[]): Coverage & { readonly kills: number } {
  const deaths = happenings.filter((happening) => happening.kind === "died")
  const counts = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<Phase, number>
  for (const { phases } of deaths) for (const phase of phases) counts[phase]++
  return { ...counts, kills: deaths.length }
}

/**
 * Phases in which too few kills happened for the run to prove anything about them. With several nodes a node is hardly ever
 * idle, because it shares the work of those that were killed.
 */
export function missedPhases(
  coverage: Coverage,
  { least, nodes }: { readonly least: number; readonly nodes: number },
): Phase[] {
  return PHASES.filter((phase) => coverage[phase] < least && (nodes === 1 || phase !== "idle"))
}
