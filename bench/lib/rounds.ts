export interface Contestant {
  readonly name: string
  /** Does one piece of work; called again and again with `inFlight` running at once. */
  readonly once: () => Promise<unknown>
}

/** A contestant that measures itself. */
export interface Runner {
  readonly name: string
  /** Works for one round. @returns how much was done per second */
  readonly round: () => Promise<number>
}

export interface RoundsResult {
  /** Work done per second, one figure a round. */
  readonly perSecond: ReadonlyMap<string, readonly number[]>
  /** Median over the rounds of `a`'s rate divided by `b`'s rate in the same round. */
  ratio(a: string, b: string): number
  /** Median of the rate. */
  rate(name: string): number
}

/** As `takeTurns`: each contestant works for `roundMs` a round with `inFlight` pieces under way. */
export function inRounds(
  contestants: readonly Contestant[],
  { rounds = 5, roundMs = 2000, inFlight = 50 } = {},
): Promise<RoundsResult> {
  const runners = contestants.map(({ name, once }) => ({
    name,
    round: async () => {
      const { done, seconds } = await measure(once, roundMs, inFlight)
      return done / seconds
    },
  }))
  return takeTurns(runners, { rounds })
}

/**
 * Runs the contestants in turn, A B C A B C …, so that changes of the machine's speed affect all of them equally, and compares
 * only figures of the same round.
 * @param warmUps rounds before those that count: enough for the code of all contestants to be compiled
 */
export async function takeTurns(runners: readonly Runner[], { rounds = 5, warmUps = 1 } = {}): Promise<RoundsResult> {
  const perSecond = new Map(runners.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const runner of runners) {
      const rate = await runner.round()
      if (round >= warmUps) perSecond.get(runner.name)?.push(rate)
    }
  }
  const of = (name: string): readonly number[] => perSecond.get(name) ?? []
  return {
    perSecond,
    ratio: (a, b) => median(of(a).map((rate, index) => rate / (of(b)[index] ?? NaN))),
    rate: (name) => median(of(name)),
  }
}

/** Works for `roundMs` with `inFlight` pieces of work under way. */
export async function measure(
  once: () => Promise<unknown>,
  roundMs: number,
  inFlight: number,
): Promise<{ done: number; seconds: number }> {
  const start = performance.now()
  let done = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - start < roundMs) {
      await once()
      done++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return { done, seconds: (performance.now() - start) / 1000 }
}

/** Does `count` pieces of work, to warm up: on a busy machine some seconds are too few for the code to be compiled. */
export async function times(once: () => Promise<unknown>, count: number, inFlight: number): Promise<void> {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) await once()
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** The value below which `share` of all lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}
