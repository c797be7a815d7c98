/** A key that takes from a common stock, and its app where it has exactly one. */
export interface Holder {
  readonly key: string
  readonly app?: string | undefined
}

/** A common stock. */
export interface Stock {
  readonly limit: number
  /** The part of the limit that one key or one app may have while more than half is taken. */
  readonly sharePercent: number
}

/** Why a holder gets no more. */
export type Exhausted =
  | { readonly of: "all"; readonly taken: number; readonly limit: number }
  | { readonly of: "key" | "app"; readonly name: string; readonly taken: number; readonly limit: number }

/** How much of a stock is taken, and by which holders. */
export class Tally {
  #taken = 0
  readonly #ofKeys = new Map<string, number>()
  readonly #ofApps = new Map<string, number>()

  get taken(): number {
    return this.#taken
  }

  /** @param amount below 0 when it is given back */
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
 * Whether the stock has this much for this holder. While at most half of the stock would be taken, any holder gets it,
 * so that a burst of one app may pass. Beyond that, each key and each app may have its share, so that one holder never
 * takes everything.
 * @returns undefined when the stock has it
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

/** Places of a stock that holders take for a while and give back. */
export class Places {
  readonly stock: Stock
  readonly #tally = new Tally()

  constructor(stock: Stock) {
    this.stock = stock
  }

  get taken(): number {
    return this.#tally.taken
  }

  /** Takes a place; dispose of it to give it back. */
  take(holder: Holder): Disposable | Exhausted {
    const found = exhausted(this.stock, this.#tally, holder)
    if (found !== undefined) return found
    this.#tally.add(holder, 1)
    return { [Symbol.dispose]: () => this.#tally.add(holder, -1) }
  }
}

/** A key of several apps takes for no app in particular. */
export function holderOf({ id, apps }: { readonly id: string; readonly apps: readonly string[] | "all" }): Holder {
  return { key: id, app: apps === "all" || apps.length !== 1 ? undefined : apps[0] }
}

/** At least one, so that every holder gets something of a small stock. */
export function shareOf({ limit, sharePercent }: Stock): number {
  return Math.max(1, Math.floor((limit * sharePercent) / 100))
}

function change(held: Map<string, number>, name: string, amount: number): void {
  const left = (held.get(name) ?? 0) + amount
  if (left === 0) held.delete(name)
  else held.set(name, left)
}
