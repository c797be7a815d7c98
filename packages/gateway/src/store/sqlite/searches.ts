import { setImmediate as immediate } from "node:timers/promises"

/** Yields where other work may run, and ends with its result. */
export type Search<T> = Generator<undefined, T, undefined>

/** Runs searches that find the same result in different ways, and returns the result of the first one to end. */
export async function firstOf<T>(...searches: readonly Search<T>[]): Promise<T> {
  for (;;) {
    for (const search of searches) {
      const step = search.next()
      if (step.done === true) return step.value
    }
    await immediate()
  }
}

/** The result of a search without a pause. */
export function atOnce<T>(search: Search<T>): T {
  for (;;) {
    const step = search.next()
    if (step.done === true) return step.value
  }
}
