/**
 * Random numbers that can be repeated: equal seeds give equal sequences. `fork` gives each actor a sequence of its own, so
 * that an actor who draws more often than last time does not change the numbers of the others.
 */
export class Random {
  readonly #seed: string
  #state: number

  constructor(seed: string) {
    this.#seed = seed
    this.#state = hashOf(seed)
  }

  fork(name: string): Random {
    return new Random(`${this.#seed}/${name}`)
  }

  /** A number from 0 to 1, without 1. Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  /** Both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.integer(0, from.length - 1)]
    if (picked === undefined) throw new RangeError("nothing to pick from")
    return picked
  }

  /** One of the names, each as likely as its weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const names = Object.keys(weights) as T[]
    let left = this.next() * names.reduce((sum, name) => sum + weights[name], 0)
    for (const name of names) {
      left -= weights[name]
      if (left < 0) return name
    }
    return this.pick(names)
  }

  /**
   * Draws names from a shuffled deck that holds each name as often as its weight. As many draws as the sum of the weights
   * return each name exactly that often, while with `weighted` a name may be missing.
   */
  deck<T extends string>(weights: Readonly<Record<T, number>>): () => T {
    const cards = (Object.keys(weights) as T[]).flatMap((name) => Array<T>(weights[name]).fill(name))
    let left: T[] = []
    return () => {
      if (left.length === 0) left = [...cards]
      const [card] = left.splice(this.integer(0, left.length - 1), 1)
      if (card === undefined) throw new RangeError("nothing to draw from")
      return card
    }
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}
