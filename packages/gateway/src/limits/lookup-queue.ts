import { PRIORITIES } from "../model/message.ts"
import type { Priority } from "../model/message.ts"

/**
 * Waiting look-ups, most urgent first. Among equally urgent ones the holders take turns; each holder's own keep their
 * order.
 */
export class LookupQueue<T extends object> {
  readonly #lines = PRIORITIES.map(() => new Map<string, T[]>())
  #size = 0

  get size(): number {
    return this.#size
  }

  /** @returns false when another look-up of the holder waits already */
  add(priority: Priority, holder: string, waiter: T): boolean {
    const isFirst = !this.#lines.some((line) => line.has(holder))
    const line = this.#lines[PRIORITIES.indexOf(priority)]
    const waiting = line?.get(holder)
    if (waiting === undefined) line?.set(holder, [waiter])
    else waiting.push(waiter)
    this.#size++
    return isFirst
  }

  /** The batches to serve now, in order. Later arrivals are not among them. */
  turns(): readonly LookupBatch<T>[] {
    return this.#lines.flatMap((line) =>
      [...line].flatMap(([holder, waiting]) => {
        const { length: count, 0: first } = waiting
        const take = (most: number): readonly T[] => this.#take(line, holder, most)
        return first === undefined ? [] : [{ holder, first, count, take }]
      }),
    )
  }

  takeAll(): readonly T[] {
    return this.turns().flatMap((turn) => turn.take(Infinity))
  }

  #take(line: Map<string, T[]>, holder: string, count: number): readonly T[] {
    const waiting = line.get(holder) ?? []
    const taken = waiting.splice(0, count)
    if (taken.length === 0) return taken
    this.#size -= taken.length
    line.delete(holder)
    // Behind the other holders.
    if (waiting.length > 0) line.set(holder, waiting)
    return taken
  }
}

export interface LookupBatch<T> {
  readonly holder: string
  readonly first: T
  /** How many look-ups of the holder wait. */
  readonly count: number
  /** Removes and returns those that have waited longest. */
  take(count: number): readonly T[]
}
