import { setTimeout as sleep } from "node:timers/promises"
import type { GatewayAccess } from "./check/gather.ts"
import { mustAnswer } from "./lib/http.ts"

interface MessageView {
  readonly id: string
  readonly recipients: { readonly pending: number }
}

/**
 * Waits until the gateway's own API names nothing unfinished, however long that takes while it makes progress. Gives up
 * when nothing has moved for three minutes, or for the time given; the checker then finds what is pending.
 */
export async function untilQuiet(
  gateway: GatewayAccess,
  progress: (line: string) => void,
  stuckAfterMs = STUCK_AFTER_MS,
): Promise<void> {
  let least = Infinity
  let movedAt = performance.now()
  let toldAt = movedAt
  for (;;) {
    const pending = await countPending(gateway)
    const now = performance.now()
    if (pending === 0) return
    if (pending !== least) {
      least = pending
      movedAt = now
    }
    if (now - toldAt > 10_000) {
      toldAt = now
      progress(`${pending} recipients are pending`)
    }
    if (now - movedAt > stuckAfterMs) {
      progress(`${pending} recipients are pending, and nothing has moved for ${stuckAfterMs / 1000} s`)
      return
    }
    await sleep(250)
  }
}

const STUCK_AFTER_MS = 180_000

async function countPending({ url, key }: GatewayAccess): Promise<number> {
  let pending = 0
  for (const state of ["queued", "sending", "scheduled"]) {
    const { items, next_cursor } = await mustAnswer<{ items: readonly MessageView[]; next_cursor: string | null }>({
      url: `${url}/v1/messages?state=${state}&limit=1000`,
      headers: { authorization: `Bearer ${key}` },
    })
    for (const { recipients } of items) pending += recipients.pending
    if (next_cursor !== null) pending++
  }
  return pending
}
