import type { MissClaim } from "../../model/ports/misses.ts"

/** A node with questions that wait for those of others. */
export interface WaitingNode {
  readonly node: string
  /** The rank of its priority: a lower one is more urgent. */
  readonly rank: number
  readonly wanted: number
  /** The share that is used up. */
  readonly share?: string
  /** By this time of the database the node asks again, or it has died. */
  readonly until: number
}

export interface NodeAsking {
  readonly node: string
  readonly rank: number
  readonly claim: MissClaim
  /** How many each node is asking. */
  readonly asking: Readonly<Record<string, number>>
}

/**
 * How many of the remaining numbers a node leaves to the others, so that each node gets some and urgent questions go
 * first, although a node knows its own answers at once and other nodes' answers only when it asks again. The node with
 * more urgent questions goes first; among equal ones the node that is asking for less, and then the one that has waited
 * longer. A node that waits for a share goes before others of the same share only.
 */
export function leftToOthers(line: readonly WaitingNode[], { node, rank, claim, asking }: NodeAsking): number {
  const own = line.findIndex((waiting) => isOf(waiting, node, rank))
  return line.reduce((sum, other, place) => {
    if (other.node === node || (other.share !== undefined && !claim.names.includes(other.share))) return sum
    if (other.rank < rank) return sum + other.wanted
    const more = (asking[node] ?? 0) - (asking[other.node] ?? 0)
    const isBefore = more > 0 || (more === 0 && (own === -1 || place < own))
    if (other.rank > rank || !isBefore) return sum
    // More than one, since it asks again only after a while.
    return sum + Math.min(other.wanted, Math.max(1, Math.ceil(more / 2)))
  }, 0)
}

/** The line after an answer: a node that got something goes behind the others, one that got nothing keeps its place. */
export function lineAfter(
  line: readonly WaitingNode[],
  { node, rank }: Pick<WaitingNode, "node" | "rank">,
  waiting: WaitingNode | undefined,
  granted: number,
): readonly WaitingNode[] {
  const others = line.filter((one) => !isOf(one, node, rank))
  if (waiting === undefined) return others
  if (granted > 0 || others.length === line.length) return [...others, waiting]
  return line.map((one) => (isOf(one, node, rank) ? waiting : one))
}

function isOf(waiting: WaitingNode, node: string, rank: number): boolean {
  return waiting.node === node && waiting.rank === rank
}
