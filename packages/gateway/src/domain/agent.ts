/**
 * An application as WeCom knows it: what it counts, it counts by agent. Names are ours, and several may be those of one
 * agent.
 */
export interface Agent {
  readonly corpId: string
  readonly agentId: number
}

/** For maps, and for stores that keep it as a text. */
export function agentKey({ corpId, agentId }: Agent): string {
  return `${corpId}/${agentId}`
}

export function isSameAgent(one: Agent, other: Agent): boolean {
  return one.corpId === other.corpId && one.agentId === other.agentId
}
