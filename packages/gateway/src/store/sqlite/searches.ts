import { setImmediate as immediate } from "node:timers/promises"

/** Pauses where others may have their turn, and ends with what it found. */
export type Search<T> = Generator<undefined, T, undefined>

/** Of searches that find the same in different ways, what the one finds that is through first. */
export async function firstOf<T>(...searches: readonly Search<T>[]): Promise<T> {
  for (;;) {
    for (const search of searches) {
      const step = search.next()
      if (step.done === true) return step.value
    }
    await immediate()
  }
}

/** What a search finds in one turn. */
export function atOnce<T>(search: Search<T>): T {
  for (;;) {
    const step = search.next()
    if (step.done === true) return step.value
  }
}
