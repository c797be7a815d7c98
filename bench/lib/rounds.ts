export interface Contestant {
  readonly name: string
  /** Does one piece of work; called again and again with `inFlight` running at once. */
  readonly once: () => Promise<unknown>
}

export interface RoundsResult {
  /** Work done per second, one figure a round. */
  readonly perSecond: ReadonlyMap<string, readonly number[]>
  /** Median over the rounds of `a`'s rate divided by `b`'s rate in the same round. */
  ratio(a: string, b: string): number
}

/**
 * Runs the contestants in turn, A B C A B C …, so that a machine whose speed drifts treats them alike, and compares
 * only figures of the same round. The first round is a warm-up and not counted.
 */
export async function inRounds(
  contestants: readonly Contestant[],
  { rounds = 5, roundMs = 2000, inFlight = 50 } = {},
): Promise<RoundsResult> {
  const perSecond = new Map(contestants.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round <= rounds; round++) {
    for (const { name, once } of contestants) {
      const rate = await measure(once, roundMs, inFlight)
      if (round > 0) perSecond.get(name)?.push(rate)
    }
  }
  return {
    perSecond,
    ratio: (a, b) => median((perSecond.get(a) ?? []).map((rate, index) => rate / (perSecond.get(b)?.[index] ?? NaN))),
  }
}

async function measure(once: () => Promise<unknown>, roundMs: number, inFlight: number): Promise<number> {
  const start = performance.now()
  let done = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - start < roundMs) {
      await once()
      done++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (done / (performance.now() - start)) * 1000
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
