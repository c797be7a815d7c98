import { memoryTokenStore } from "@wecom-push/sdk"
import type { OpenedPostgres } from "../../packages/gateway/src/store/postgres/open.ts"
import type { SharedCounts, WindowHold } from "../../packages/gateway/src/model/ports/shared-counts.ts"
import type { FaultKind } from "../check/evidence.ts"

/** Gateways on one database that are broken on purpose, all in the same way, and what the checker must find. */
interface NodesControl {
  readonly mustFind: { readonly kind: FaultKind; readonly text: string }
  readonly damage: (opened: OpenedPostgres) => OpenedPostgres
}

export const NODES_CONTROLS = {
  /** Each node counts alone what a member has got. */
  "windows-apart": {
    mustFind: { kind: "lost", text: "dropped by WeCom over the rate of a member" },
    damage: withoutWindows(),
  },
  /** Each node counts alone what a robot has sent. */
  "robot-windows-apart": {
    mustFind: { kind: "unbounded", text: "too many messages to one target in a minute" },
    damage: withoutWindows(),
  },
  /** Each look-up is let through at once. */
  "paces-apart": {
    mustFind: { kind: "unbounded", text: "too many look-ups in a minute" },
    damage: counting({
      paces: { take: (_corp, _rules, wanted) => Promise.resolve({ granted: wanted, againInMs: 0, at: 0 }) },
    }),
  },
  /** Each node gets a token of its own. */
  "tokens-apart": {
    mustFind: { kind: "unbounded", text: "more tokens than reasons for them" },
    damage: (opened) => ({ ...opened, stores: { ...opened.stores, tokens: memoryTokenStore() } }),
  },
  /** The work of a dead node is not taken over until its jobs' heartbeats have timed out. */
  "dead-left": {
    mustFind: { kind: "unbounded", text: "what a dead node had at work was left to it" },
    damage: (opened) => ({
      ...opened,
      workQueue: (deps) => Object.assign(opened.workQueue(deps), { takeOver: () => Promise.resolve() }),
    }),
  },
} as const satisfies Record<string, NodesControl>

export const NODES_CONTROL_NAMES: readonly string[] = Object.keys(NODES_CONTROLS)

export function damageNode(control: string | undefined, opened: OpenedPostgres): OpenedPostgres {
  if (control === undefined) return opened
  if (isNodesControl(control)) return NODES_CONTROLS[control].damage(opened)
  throw new Error(`there is no control of several nodes called ${control}`)
}

export function isNodesControl(name: string): name is keyof typeof NODES_CONTROLS {
  return name in NODES_CONTROLS
}

function counting(damage: Partial<SharedCounts>): NodesControl["damage"] {
  return (opened) => ({ ...opened, counts: { ...opened.counts, ...damage } })
}

function withoutWindows(): NodesControl["damage"] {
  return counting({
    windows: {
      take: () => Promise.resolve({ hold: aHold(), waitMs: new Map<string, number>() }),
      waitedFor: () => undefined,
      force: () => Promise.resolve(aHold()),
    },
  })
}

function aHold(): WindowHold {
  return { split: aHold, renew: () => true, end: () => Promise.resolve() }
}
