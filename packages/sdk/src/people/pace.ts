import type { PaceRule } from "@wecom-push/protocol/delivery"
import type { Clock } from "../clock.ts"

export type { PaceRule } from "@wecom-push/protocol/delivery"

/** A caller has to wait for the pace. */
export interface PaceWait {
  /** The rule that makes the caller wait. */
  readonly rule: PaceRule
  /** How many milliseconds until the next place is free. */
  readonly ms: number
  /** How many milliseconds until so many more callers have passed, if only the pace slows them. */
  readonly msFor: (count: number) => number
}

/** Lets callers through so that no window of any rule ever holds more than its limit. */
export class Pace {
  readonly #clock: Clock
  #windows: readonly Window[]

  constructor(clock: Clock, rules: readonly PaceRule[]) {
    this.#clock = clock
    this.#windows = rules.map((rule) => ({ ...rule, counts: new Map() }))
  }

  /**
   * Applies other rules from now on; places already taken count in windows of the same length. Callers that already
   * wait follow the earlier rules.
   */
  change(rules: readonly PaceRule[]): void {
    this.#windows = rules.map((rule) => {
      const before = this.#windows.find(({ windowMs }) => windowMs === rule.windowMs)
      return { ...rule, counts: before?.counts ?? new Map() }
    })
  }

  /**
   * Takes a place and resolves, or resolves `false` at once when none is free before `deadline` (of the wall clock;
   * read before each pause, since the callers' deadlines may have moved). `onWait` is called before each pause.
   */
  async take(deadline: () => number, signal?: AbortSignal, onWait?: (wait: PaceWait) => void): Promise<boolean> {
    for (;;) {
      const now = this.#now()
      const { rule, freeAt } = nextFree(this.#windows, now)
      if (freeAt <= now) break
      const ms = freeAt - now
      if (this.#clock.now() + ms >= deadline()) return false
      onWait?.({ rule, ms, msFor: (places) => this.#msFor(places) })
      await this.#clock.sleep(ms, signal)
    }
    for (const window of this.#windows) count(window, this.#now(), 1)
    return true
  }

  /** A place that was taken at that time counts as taken now: its request may have arrived this late. */
  answered(takenAt: number): void {
    const now = this.#now()
    for (const window of this.#windows) {
      if (slotAt(window, takenAt) === slotAt(window, now)) continue
      count(window, takenAt, -1)
      count(window, now, 1)
    }
  }

  /** A monotonic clock: with a wall clock that is set back by an hour, a run would wait for an hour. */
  #now(): number {
    return this.#clock.monotonic?.() ?? this.#clock.now()
  }

  /** Computes the coming waits on a copy of the windows. */
  #msFor(places: number): number {
    const windows = this.#windows.map((window) => ({ ...window, counts: new Map(window.counts) }))
    const start = this.#now()
    let now = start
    let left = places
    while (left > 0) {
      const { freeAt } = nextFree(windows, now)
      if (freeAt > now) {
        now = freeAt
        continue
      }
      const taken = Math.min(left, ...windows.map((window) => window.limit - totalOf(window)))
      for (const window of windows) count(window, now, taken)
      left -= taken
    }
    return now - start
  }
}

function nextFree(windows: readonly Window[], now: number): { readonly rule: PaceRule; readonly freeAt: number } {
  const free = windows.map((window) => ({ rule: window, freeAt: freeAtOf(window, now) }))
  return free.reduce((latest, one) => (one.freeAt > latest.freeAt ? one : latest))
}

/** Counts by slots of a 60th of the window: exact to a slot on the safe side, in constant space. */
interface Window extends PaceRule {
  readonly counts: Map<number, number>
}

function freeAtOf({ counts, limit, windowMs }: Window, now: number): number {
  const slotMs = windowMs / SLOTS
  for (const slot of counts.keys()) {
    // A slot counts until its last millisecond has left the window.
    if ((slot + 1) * slotMs + windowMs <= now) counts.delete(slot)
  }
  const total = totalOf({ counts })
  if (total < limit) return now
  let excess = total - limit + 1
  for (const [slot, taken] of counts) {
    excess -= taken
    if (excess <= 0) return (slot + 1) * slotMs + windowMs
  }
  return now
}

function totalOf({ counts }: Pick<Window, "counts">): number {
  let total = 0
  for (const taken of counts.values()) total += taken
  return total
}

function count(window: Window, at: number, places: number): void {
  const slot = slotAt(window, at)
  const { counts } = window
  const left = (counts.get(slot) ?? 0) + places
  if (left > 0) counts.set(slot, left)
  else counts.delete(slot)
}

function slotAt({ windowMs }: Window, at: number): number {
  return Math.floor(at / (windowMs / SLOTS))
}

const SLOTS = 60
