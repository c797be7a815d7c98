import { hash } from "node:crypto"
import { openSync, writeSync } from "node:fs"
import type { OutboxStore } from "../../packages/gateway/src/ports/outbox.ts"

/** What a store has promised to keep, told in the moment at which others begin to rely on it. */
export type Marker =
  | { readonly kind: "accepted"; readonly message: string }
  /** Bytes go out now: after a power loss they must be known, and be the same. */
  | {
      readonly kind: "begun"
      readonly message: string
      readonly call: number
      readonly attempt: number
      readonly sha256: string
    }
  | {
      readonly kind: "settled"
      readonly message: string
      readonly call: number
      readonly attempt: number
      readonly isFinal: boolean
    }

/** The same outbox, with its promises written down in order. */
export function marking(outbox: OutboxStore, file: string): OutboxStore {
  const handle = openSync(file, "a")
  const mark = (marker: Marker): void => void writeSync(handle, JSON.stringify(marker))
  return {
    ...outbox,
    async accept(request) {
      const result = await outbox.accept(request)
      if (result.kind === "accepted") mark({ kind: "accepted", message: request.message.id })
      return result
    },
    async begin(starts) {
      const started = await outbox.begin(starts)
      for (const { messageId: message, number: call, attempt, body } of started) {
        mark({ kind: "begun", message, call, attempt, sha256: hash("sha256", body) })
      }
      return started
    },
    async settle(settlements) {
      const settled = await outbox.settle(settlements)
      for (const [index, { messageId: message, number: call, attempt, final: isFinal }] of settlements.entries()) {
        if (settled[index] === true) mark({ kind: "settled", message, call, attempt, isFinal })
      }
      return settled
    },
  }
}
