import { setTimeout as sleep } from "node:timers/promises"
import type { LocalStores } from "../../packages/gateway/src/model/ports/stores.ts"
import type { FaultKind } from "../check/evidence.ts"
import { broken } from "./damage.ts"

/** A damaged gateway on a file that fails on a bad day, and what the judge must find. */
interface DayControl {
  readonly mustFind: { readonly kind: FaultKind; readonly text: string }
  readonly damage: (stores: LocalStores) => Partial<LocalStores>
}

export const DAY_CONTROLS = {
  /** One lost answer closes all apps for longer than an app may be silent. */
  "stays-closed": {
    mustFind: { kind: "silent", text: "an app that had something to send, and could, began no call" },
    damage: ({ outbox }) => {
      let closedUntil = 0
      return {
        outbox: {
          ...outbox,
          async settle(settlements) {
            const now = performance.now()
            if (now > closedUntil && settlements.some(({ result }) => result === "in_doubt"))
              closedUntil = now + CLOSED_MS
            return outbox.settle(settlements)
          },
          async begin(starts) {
            await sleep(Math.max(0, closedUntil - performance.now()))
            return outbox.begin(starts)
          },
        },
      }
    },
  },
  /** Messages that wait for a time of the wrong clock keep waiting for it after the clock has been set right. */
  "follows-no-clock": {
    mustFind: { kind: "lost", text: "still pending when all is quiet" },
    damage: broken("does not follow the clock"),
  },
} as const satisfies Record<string, DayControl>

export const DAY_CONTROL_NAMES: readonly string[] = Object.keys(DAY_CONTROLS)

export function isDayControl(name: string): name is keyof typeof DAY_CONTROLS {
  return name in DAY_CONTROLS
}

const CLOSED_MS = 30_000
