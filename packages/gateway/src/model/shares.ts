/** Who takes of what all share: a key, and its app where it is certain which. */
export interface Holder {
  readonly key: string
  readonly app?: string | undefined
}

/** What all share. */
export interface Stock {
  readonly limit: number
  /** Of the limit, what one key or one app may have while more than half is taken. */
  readonly sharePercent: number
}

/** Why somebody gets nothing more. */
export type Exhausted =
  | { readonly of: "all"; readonly taken: number; readonly limit: number }
  | { readonly of: "key" | "app"; readonly name: string; readonly taken: number; readonly limit: number }

/** How much of a stock is taken, and by whom. */
export class Tally {
  #taken = 0
  readonly #ofKeys = new Map<string, number>()
  readonly #ofApps = new Map<string, number>()

  get taken(): number {
    return this.#taken
  }

  /** @param amount below 0 for what is given back */
  add({ key, app }: Holder, amount: number): void {
    this.#taken += amount
    change(this.#ofKeys, key, amount)
    if (app !== undefined) change(this.#ofApps, app, amount)
  }

  ofKey(key: string): number {
    return this.#ofKeys.get(key) ?? 0
  }

  ofApp(app: string): number {
    return this.#ofApps.get(app) ?? 0
  }
}

/**
 * Whether there is so much for this holder. While no more than half of the stock would be taken there is, whoever has it: a
 * storm of one app may pass. Beyond, each key and each app may have its share, so that whatever one takes leaves something
 * for the others.
 * @returns undefined when there is
 */
export function exhausted(stock: Stock, tally: Tally, { key, app }: Holder, wanted = 1): Exhausted | undefined {
  const { limit } = stock
  const taken = tally.taken + wanted
  if (taken > limit) return { of: "all", taken: tally.taken, limit }
  if (taken * 2 <= limit) return undefined
  const share = shareOf(stock)
  const [ofKey, ofApp] = [tally.ofKey(key), app === undefined ? 0 : tally.ofApp(app)]
  if (ofKey + wanted > share) return { of: "key", name: key, taken: ofKey, limit: share }
  if (app !== undefined && ofApp + wanted > share) return { of: "app", name: app, taken: ofApp, limit: share }
  return undefined
}

/** Of what is held for a while, and given back by whoever has it. */
export class Places {
  readonly stock: Stock
  readonly #tally = new Tally()

  constructor(stock: Stock) {
    this.stock = stock
  }

  get taken(): number {
    return this.#tally.taken
  }

  /** Disposing of it gives it back. */
  take(holder: Holder): Disposable | Exhausted {
    const found = exhausted(this.stock, this.#tally, holder)
    if (found !== undefined) return found
    this.#tally.add(holder, 1)
    return { [Symbol.dispose]: () => this.#tally.add(holder, -1) }
  }
}

/** A key of several apps takes for none of them in particular. */
export function holderOf({ id, apps }: { readonly id: string; readonly apps: readonly string[] | "all" }): Holder {
  return { key: id, app: apps === "all" || apps.length !== 1 ? undefined : apps[0] }
}

/** Of a small stock one: everybody gets something. */
export function shareOf({ limit, sharePercent }: Stock): number {
  return Math.max(1, Math.floor((limit * sharePercent) / 100))
}

function change(held: Map<string, number>, name: string, amount: number): void {
  const left = (held.get(name) ?? 0) + amount
  if (left === 0) held.delete(name)
  else held.set(name, left)
}
