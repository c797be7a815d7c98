import { setTimeout as sleep } from "node:timers/promises"
import type { History } from "../history.ts"
import { mustAnswer } from "../lib/http.ts"
import type { Random } from "../lib/random.ts"
import type { FaultProxy } from "../proxy/fault-proxy.ts"
import { APPS } from "../world.ts"

export interface UpstreamOptions {
  readonly random: Random
  readonly history: History
  readonly simulatorUrl: string
  /** The proxies of all nodes: WeCom is reachable for all nodes, or for none. */
  readonly proxies: readonly FaultProxy[]
}

/**
 * Faults at WeCom: revoked tokens, 45009, refused connections. Not more often than WeCom's own rules let a client recover:
 * a second refused token within a minute costs a minute, a second 45009 within the hour costs an hour.
 */
export async function troubleUpstream(
  { random, history, simulatorUrl, proxies }: UpstreamOptions,
  healing: AbortSignal,
): Promise<void> {
  const throttleable = APPS.map(({ name, agentId }) => ({ name, agentId }))
  let revocableAt = 0
  while (!healing.aborted) {
    await sleep(random.integer(1000, 6000), undefined, { signal: healing }).catch(() => undefined)
    if (healing.aborted) break
    switch (random.weighted({ refuse: 6, revoke: 3, throttle: 1 })) {
      case "refuse":
        for (const proxy of proxies) {
          for (const { path, name } of proxy.atWork()) history.add({ kind: "wire", fault: "cut", path, exchange: name })
          proxy.refuse()
          proxy.cut()
        }
        await sleep(random.integer(50, 400))
        await Promise.all(proxies.map((proxy) => proxy.listen()))
        break
      case "revoke":
        if (Date.now() < revocableAt) break
        revocableAt = Date.now() + 65_000
        history.add({ kind: "tokens_revoked" })
        await mustAnswer({ url: `${simulatorUrl}/_sim/tokens/revoke`, method: "POST" })
        break
      case "throttle": {
        const app = throttleable.shift()
        if (app === undefined) break
        history.add({ kind: "throttled", app: app.name })
        const fault = {
          path: "message/send",
          kind: "errcode",
          errcode: 45009,
          match: `"agentid":${app.agentId}`,
          times: 1,
        }
        await mustAnswer({ url: `${simulatorUrl}/_sim/faults`, method: "POST", body: fault })
        break
      }
    }
  }
  // A 45009 that no call has met yet would close its app for a minute at the end of the run.
  await mustAnswer({ url: `${simulatorUrl}/_sim/faults`, method: "DELETE" })
  await Promise.all(proxies.map((proxy) => proxy.listen()))
}
