import type { Change } from "./find-places.ts"
import type { Tried } from "./try-change.ts"

export interface Verdict {
  readonly lines: readonly string[]
  readonly isGood: boolean
}

/** @param explain how a change is shown, and why nothing can notice it where that is known */
export function verdictOf(
  tried: readonly Tried[],
  explain: (change: Change) => { readonly shown: string; readonly why: string | undefined },
): Verdict {
  const survivors = tried.filter(({ noticedBy }) => noticedBy === undefined).map(({ change }) => explain(change))
  const equivalent = survivors.filter(({ why }) => why !== undefined)
  const missed = survivors.filter(({ why }) => why === undefined)
  const noticed = tried.length - survivors.length
  const noticeable = tried.length - equivalent.length
  const isGood =
    noticed >= noticeable * LEAST_NOTICED && equivalent.length <= tried.length * MOST_EQUIVALENT && noticed > 0
  return {
    lines: [
      ...missed.map(({ shown }) => `survived: ${shown}`),
      ...equivalent.map(({ shown, why = "" }) => `equivalent: ${shown}\n  ${why}`),
      `${tried.length} changes: ${noticed} noticed, ${missed.length} survived, ${equivalent.length} equivalent; ` +
        `${percent(noticed, noticeable)} noticed of those that can be (at least ${percent(LEAST_NOTICED, 1)}), ` +
        `${percent(equivalent.length, tried.length)} equivalent (at most ${percent(MOST_EQUIVALENT, 1)})`,
    ],
    isGood,
  }
}

const LEAST_NOTICED = 0.95
const MOST_EQUIVALENT = 0.03

function percent(part: number, of: number): string {
  return `${of === 0 ? 0 : Math.round((part / of) * 1000) / 10} %`
}
