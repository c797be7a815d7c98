import { BROKEN_STORES } from "../../packages/gateway/src/store/testing/broken-stores.ts"
import type { FaultKind } from "../check/evidence.ts"
import type { Settlement } from "../../packages/gateway/src/model/ports/outbox.ts"
import type { LocalOutbox, LocalStores } from "../../packages/gateway/src/model/ports/stores.ts"

/** A gateway that is broken on purpose, and what the checker must find. A test that cannot fail proves nothing. */
export interface Control {
  readonly mustFind: FaultKind
  readonly damage: (stores: LocalStores) => Partial<LocalStores>
}

export const CONTROLS = {
  /** Calls go out without WeCom's duplicate check, and are repeated all the same. */
  "check-off": {
    mustFind: "duplicated",
    damage: outbox((good) => ({
      async begin(starts) {
        const started = await good.begin(starts)
        return started.map((call) => ({ ...call, body: withoutCheck(call.body) }))
      },
    })),
  },
  /** The gateway answers 202 first, and commits 50 ms later. */
  "acknowledge-early": {
    mustFind: "lost",
    damage: outbox((good) => ({
      accept(request) {
        const chunks = [...request.chunks]
        setTimeout(() => void good.accept({ ...request, chunks }), 50)
        return Promise.resolve({ kind: "accepted", state: "queued" })
      },
    })),
  },
  /** A repeat carries its recipients in another order, as if they had been collected again. */
  "split-anew": {
    mustFind: "duplicated",
    damage: outbox((good) => ({
      async begin(starts) {
        const started = await good.begin(starts)
        return started.map((call) => (call.attempt === 1 ? call : { ...call, body: reordered(call.body) }))
      },
    })),
  },
  /** A worker that was taken for dead reports a failure of the earlier attempt, and no fence stops it. */
  "settle-unfenced": {
    mustFind: "untruthful",
    damage: (stores) => lateWorker(broken("settles unfenced")(stores).outbox ?? stores.outbox),
  },
  /** Messages with an order key go out like any others. */
  "no-lanes": { mustFind: "disordered", damage: broken("knows no lanes") },
  /** Equal bodies of different messages all carry the check. */
  "guard-off": { mustFind: "lost", damage: broken("has no collision guard") },
  /** A call of a channel that has no check is made again when its answer was lost. */
  "repeat-unchecked": {
    mustFind: "duplicated",
    damage: settling((settlement) =>
      settlement.reason === "no_check"
        ? { ...settlement, result: "not_sent", final: false, updates: [], retryAt: settlement.finishedAt }
        : settlement,
    ),
  },
  /** A call of such a channel whose answer was lost: its recipients are reported as sent. */
  "doubts-as-sent": {
    mustFind: "untruthful",
    damage: settling((settlement) =>
      settlement.reason === "no_check"
        ? { ...settlement, updates: settlement.updates.map((one) => ({ ...one, state: "sent" })) }
        : settlement,
    ),
  },
  /** Members whose call by a robot may have arrived also get the message from the app that `else` names. */
  "else-after-doubt": { mustFind: "duplicated", damage: elseAfterDoubt() },
} as const satisfies Record<string, Control>

/** Damage that must have no effect: the fence rejects the late worker. */
const HARMLESS = {
  "settle-fenced": ({ outbox }: LocalStores) => lateWorker(outbox),
} as const

export const CONTROL_NAMES: readonly string[] = [...Object.keys(CONTROLS), ...Object.keys(HARMLESS)]

export function damageOf(control: string | null, stores: LocalStores): Partial<LocalStores> {
  if (control === null) return {}
  if (control in CONTROLS) return CONTROLS[control as keyof typeof CONTROLS].damage(stores)
  if (control in HARMLESS) return HARMLESS[control as keyof typeof HARMLESS](stores)
  throw new Error(`there is no control called ${control}`)
}

function lateWorker(good: LocalOutbox): Partial<LocalStores> {
  return {
    outbox: {
      ...good,
      async begin(starts) {
        const started = await good.begin(starts)
        const late = started.filter(({ attempt }) => attempt > 1)
        if (late.length > 0) {
          await good.settle(
            late.map(({ messageId, number, attempt }) => ({
              messageId,
              number,
              attempt: attempt - 1,
              finishedAt: Date.now(),
              result: "refused",
              final: true,
              spent: true,
              reason: "late",
              updates: [{ chunk: 0, slots: "all", from: ["pending"], state: "failed", call: number }],
            })),
          )
        }
        return started
      },
    },
  }
}

export function broken(name: string): Control["damage"] {
  const found = BROKEN_STORES.find((store) => store.name === name)
  if (found === undefined) throw new Error(`there is no broken store that ${name}`)
  return found.damage
}

function outbox(damage: (good: LocalOutbox) => Partial<LocalOutbox>): Control["damage"] {
  return ({ outbox: good }) => ({ outbox: { ...good, ...damage(good) } })
}

/** @param change returns what is stored instead of a settlement */
function settling(change: (settlement: Settlement) => Settlement): Control["damage"] {
  return outbox((good) => ({ settle: (settlements) => good.settle(settlements.map(change)) }))
}

function elseAfterDoubt(): Control["damage"] {
  const others = new Map<string, string>()
  return outbox((good) => ({
    async claim(query) {
      const claimed = await good.claim(query)
      for (const { message } of claimed)
        if (message.otherwise !== undefined) others.set(message.id, message.otherwise.app)
      return claimed
    },
    settle: (settlements) =>
      good.settle(
        settlements.map((settlement) => {
          const app = others.get(settlement.messageId)
          if (app === undefined || settlement.reason !== "no_check") return settlement
          const updates = settlement.updates.map((update) => {
            const { call: _, ...one } = update
            return { ...one, state: "pending" as const, detail: { app } }
          })
          return { ...settlement, updates }
        }),
      ),
  }))
}

function withoutCheck(body: string): string {
  const {
    enable_duplicate_check: _,
    duplicate_check_interval: __,
    ...rest
  } = JSON.parse(body) as Record<string, unknown>
  return JSON.stringify(rest)
}

function reordered(body: string): string {
  const request = JSON.parse(body) as { touser?: string }
  const touser = request.touser?.split("|").toReversed().join("|")
  return JSON.stringify({ ...request, ...(touser === undefined ? {} : { touser }) })
}
