import { writeSync } from "node:fs"
import type { OutboxStore } from "../../packages/gateway/src/core/ports/outbox.ts"
import type { Phase } from "../history.ts"

/**
 * What the gateway is about, as single letters on a pipe: written at once, so that they outlive a kill. Capital: it
 * begins; small: it has ended. `A` accept, `C` a call that may have gone out, `S` its settle.
 */
export const TRAIL_HANDLE = 4

/** The same outbox, leaving a trail. */
export function trailing(outbox: OutboxStore): OutboxStore {
  return {
    ...outbox,
    async accept(request) {
      leave("A")
      try {
        return await outbox.accept(request)
      } finally {
        leave("a")
      }
    },
    async begin(starts) {
      const started = await outbox.begin(starts)
      leave("C".repeat(started.length))
      return started
    },
    async settle(settlements) {
      leave("cS".repeat(settlements.length))
      try {
        return await outbox.settle(settlements)
      } finally {
        leave("s".repeat(settlements.length))
      }
    },
  }
}

function leave(letters: string): void {
  if (letters !== "") writeSync(TRAIL_HANDLE, letters)
}

/** Reads a trail as it comes, and tells what is under way at its end. */
export class TrailReader {
  readonly #open = { A: 0, C: 0, S: 0 }

  read(letters: string): void {
    for (const letter of letters) {
      const name = letter.toUpperCase() as "A" | "C" | "S"
      this.#open[name] += letter === name ? 1 : -1
    }
  }

  phases(): Phase[] {
    const { A, C, S } = this.#open
    return [
      ...(A > 0 ? ["accept" as const] : []),
      ...(C > 0 ? ["in_flight" as const] : []),
      ...(S > 0 ? ["settle" as const] : []),
    ]
  }
}
