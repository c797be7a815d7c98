import type { Clock } from "../clock.ts"

export interface PaceRule {
  readonly limit: number
  readonly windowMs: number
}

/** Under WeCom's 10,000 and 150,000, since other programs of the corp ask too. @see https://developer.work.weixin.qq.com/document/path/90312 */
export const LOOKUP_PACE: readonly PaceRule[] = [
  { limit: 9_000, windowMs: 60_000 },
  { limit: 140_000, windowMs: 3_600_000 },
]

/** Lets callers through so that no window of any rule ever holds more than its limit. */
export class Pace {
  readonly #clock: Clock
  readonly #windows: readonly Window[]

  constructor(clock: Clock, rules: readonly PaceRule[]) {
    this.#clock = clock
    this.#windows = rules.map((rule) => ({ ...rule, counts: new Map() }))
  }

  /** Takes a place and resolves, or resolves `false` at once when none is free before `deadline`. */
  async take(deadline: number, signal?: AbortSignal): Promise<boolean> {
    for (;;) {
      const now = this.#clock.now()
      const freeAt = Math.max(...this.#windows.map((window) => freeAtOf(window, now)))
      if (freeAt <= now) break
      if (freeAt >= deadline) return false
      await this.#clock.sleep(freeAt - now, signal)
    }
    for (const window of this.#windows) count(window, this.#clock.now())
    return true
  }
}

/** Counts by slots of a 60th of the window: exact to a slot on the safe side, in constant space. */
interface Window extends PaceRule {
  readonly counts: Map<number, number>
}

function freeAtOf({ counts, limit, windowMs }: Window, now: number): number {
  const slotMs = windowMs / SLOTS
  let total = 0
  for (const [slot, taken] of counts) {
    // A slot counts until its last moment has left the window.
    if ((slot + 1) * slotMs + windowMs <= now) counts.delete(slot)
    else total += taken
  }
  if (total < limit) return now
  let excess = total - limit + 1
  for (const [slot, taken] of counts) {
    excess -= taken
    if (excess <= 0) return (slot + 1) * slotMs + windowMs
  }
  return now
}

function count({ counts, windowMs }: Window, now: number): void {
  const slot = Math.floor(now / (windowMs / SLOTS))
  counts.set(slot, (counts.get(slot) ?? 0) + 1)
}

const SLOTS = 60
