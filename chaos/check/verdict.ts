import { judgeBounds } from "./bounds.ts"
import { judgeChannels } from "./channels.ts"
import type { Channels } from "./channels.ts"
import { judgeConfiguration } from "./configuration.ts"
import { judgeCopies } from "./copies.ts"
import type { CopyFigures } from "./copies.ts"
import { coverageOf, missedPhases } from "./coverage.ts"
import { nodesIn } from "./posts.ts"
import type { Coverage } from "./coverage.ts"
import { judgeOrder } from "./order.ts"
import { judgeTakeovers } from "./takeover.ts"
import { FAULTS, LOOKUP_PATH, SEND_PATH, TOKEN_PATH } from "./evidence.ts"
import type { Evidence, Fault, FaultKind } from "./evidence.ts"

export interface Verdict {
  readonly faults: readonly Fault[]
  readonly counts: Readonly<Record<FaultKind, number>>
  readonly figures: CopyFigures
  readonly channels: Channels["figures"]
  readonly coverage: Coverage & { readonly kills: number }
  readonly calls: { readonly sends: number; readonly lookups: number; readonly tokens: number }
}

export interface VerdictOptions {
  /** The faults that the database itself shows. */
  readonly storeFaults: readonly Fault[]
  /** How many kills every phase needs. */
  readonly killsPerPhase: number
  /** The longest time, in milliseconds, until another node takes over the work of a dead node. */
  readonly takeoverMs: number
}

export function judge(
  evidence: Evidence,
  { storeFaults, killsPerPhase, takeoverMs }: VerdictOptions,
): Verdict & { isGood: boolean } {
  const { faults: ofCopies, figures } = judgeCopies(evidence)
  const { faults: ofChannels, figures: channels } = judgeChannels(evidence)
  const faults = [
    ...ofCopies,
    ...ofChannels,
    ...judgeOrder(evidence),
    ...judgeBounds(evidence),
    ...judgeConfiguration(evidence),
    ...judgeTakeovers(evidence, takeoverMs),
    ...storeFaults,
  ]
  const counts = Object.fromEntries(
    FAULTS.map((kind) => [kind, faults.reduce((sum, fault) => sum + (fault.kind === kind ? fault.count : 0), 0)]),
  ) as Record<FaultKind, number>
  const [coverage, nodes] = [coverageOf(evidence.happenings), nodesIn(evidence.happenings)]
  const count = (path: string): number => evidence.calls.filter((call) => call.path === path).length
  return {
    faults,
    counts,
    figures,
    channels,
    coverage,
    calls: { sends: count(SEND_PATH), lookups: count(LOOKUP_PATH), tokens: count(TOKEN_PATH) },
    isGood: faults.length === 0 && missedPhases(coverage, { least: killsPerPhase, nodes }).length === 0,
  }
}
