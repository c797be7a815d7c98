import { partyKey } from "../model/party.ts"
import { differingLimits, strictestLimits, withLimitsOf } from "../model/app-limits.ts"
import type { Log } from "./log.ts"
import type { AppRecord, AppStore } from "../model/ports/apps.ts"

/**
 * For apps that an earlier version registered for one agent, each with limits of its own: from now on the strictest value of
 * each limit applies to all of them. Logged only once, because afterwards their limits are equal.
 */
export async function mergeLimits(apps: AppStore, log: Log, now: number): Promise<void> {
  const agents = Map.groupBy(await apps.list(), partyKey)
  for (const [first, ...others] of agents.values()) {
    if (first === undefined || !others.some(({ settings }) => differingLimits(settings, first.settings).length > 0)) {
      continue
    }
    const limits = strictestLimits([first.settings, ...others.map(({ settings }) => settings)])
    await apps.change(first.name, { settings: withLimitsOf(limits, first.settings) }, now)
    log.warn(
      { corpId: first.corpId, agentId: first.agentId, apps: [first, ...others].map(nameOf), limits },
      "these apps are one agent and had different limits: the strictest of each now holds for all of them",
    )
  }
}

function nameOf({ name }: AppRecord): string {
  return name
}
