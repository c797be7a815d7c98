import type { MissClaim, MissesShort, MissGrant, ShareOfMisses } from "../model/ports/misses.ts"

/**
 * Divides the numbers that were being asked at a crash: how many are given back, and how many count as misses. At most
 * the budget is given back in one day.
 */
export function afterCrash(asking: number, givenBack: number, budget: number): { back: number; missed: number } {
  const back = Math.min(asking, Math.max(0, budget - givenBack))
  return { back, missed: asking - back }
}

/**
 * For each holder: its misses (`missed`), and for each asking node, by its number, how many numbers it asks for the
 * holder. Only values above 0.
 */
export type Held = Readonly<Record<string, Readonly<Record<string, number>>>>

export const MISSED = "missed"

/** The counts of a corp and a day. */
export interface MissesTaken {
  readonly missed: number
  /** How many numbers are being asked on all nodes. */
  readonly asking: number
  readonly held: Held
}

/**
 * While at most half of the budget would be taken every caller gets what it wants. Beyond that, only callers that have
 * not had their share get more (`model/shares.ts`; this count differs in that it can be given back).
 */
export function grantOf(count: MissesTaken, wanted: number, budget: number, claim: MissClaim): MissGrant {
  const { inAll, inShare } = leftOf(count.missed + count.asking, mostOf(count.held, claim, takenOf), budget, claim)
  const granted = Math.max(0, Math.min(wanted, inAll, inShare))
  return granted === wanted ? { granted } : { granted, short: shortOf(count, budget, claim) }
}

/** Why no more is granted. */
export function shortOf({ missed, asking, held }: MissesTaken, budget: number, claim: MissClaim): MissesShort {
  const atBest = leftOf(missed, mostOf(held, claim, missedOf), budget, claim)
  const isSpent = Math.min(atBest.inAll, atBest.inShare) < 1
  const { inAll, inShare, most } = isSpent
    ? atBest
    : leftOf(missed + asking, mostOf(held, claim, takenOf), budget, claim)
  const isBound = inAll >= 1 && inShare < inAll && most !== undefined
  return { isSpent, ...(isBound && { share: shareOf(held, most.name) }) }
}

interface Most {
  readonly name: string
  readonly count: number
}

interface Left {
  readonly inAll: number
  readonly inShare: number
  readonly most: Most | undefined
}

function leftOf(taken: number, most: Most | undefined, budget: number, { share }: MissClaim): Left {
  const inShare = Math.max(Math.floor(budget / 2) - taken, share - (most?.count ?? 0))
  return { inAll: budget - taken, inShare, most }
}

/** The holder of the claim that has taken the most. */
function mostOf(held: Held, { names }: MissClaim, count: (share: ShareOfMisses) => number): Most | undefined {
  const counts = names.map((name) => ({ name, count: count(shareOf(held, name)) }))
  return counts.toSorted((a, b) => b.count - a.count)[0]
}

const takenOf = ({ taken }: ShareOfMisses): number => taken
const missedOf = ({ missed }: ShareOfMisses): number => missed

function shareOf(held: Held, name: string): ShareOfMisses {
  const parts = held[name] ?? {}
  return { name, taken: Object.values(parts).reduce((sum, part) => sum + part, 0), missed: parts[MISSED] ?? 0 }
}

/** @param by below 0 to subtract */
export function heldMore(held: Held, names: readonly string[], part: string, by: number): Held {
  const changed = names.map((name) => {
    const parts = held[name] ?? {}
    return [name, { ...parts, [part]: (parts[part] ?? 0) + by }] as const
  })
  return partsOf({ ...held, ...Object.fromEntries(changed) }, (_, count) => count > 0)
}

/** The counts without the numbers that those nodes were asking. */
export function heldWithout(held: Held, nodes: ReadonlySet<string>): Held {
  return partsOf(held, (part) => !nodes.has(part))
}

/** The misses alone, without numbers that are being asked. */
export function heldMissed(held: Held): Held {
  return partsOf(held, (part) => part === MISSED)
}

function partsOf(held: Held, isKept: (part: string, count: number) => boolean): Held {
  const kept = Object.entries(held).flatMap(([name, parts]) => {
    const left = Object.entries(parts).filter(([part, count]) => isKept(part, count))
    return left.length === 0 ? [] : [[name, Object.fromEntries(left)] as const]
  })
  return Object.fromEntries(kept)
}
