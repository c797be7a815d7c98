import type { PermitShare, PermitShares, PermitUser } from "./permit-shares.ts"

/** Lets a limited number through at a time on all nodes together; within a node, in the order in which they came. */
export class SharedSemaphore implements PermitUser {
  readonly pool: string
  readonly limit: number
  readonly #share: PermitShare
  readonly #waiting: (() => void)[] = []
  #busy = 0

  constructor(shares: PermitShares, pool: string, limit: number) {
    this.pool = pool
    this.limit = limit
    this.#share = shares.join(this)
  }

  get busy(): number {
    return this.#busy
  }

  get demand(): number {
    return this.#busy + this.#waiting.length
  }

  enter(): Promise<void> | undefined {
    // While callers wait no place is free.
    const isFree = this.#busy < this.#share.usable
    const { promise, resolve } = Promise.withResolvers<void>()
    if (isFree) this.#busy++
    else this.#waiting.push(resolve)
    this.#share.demandChanged()
    return isFree ? undefined : promise
  }

  leave(): void {
    this.#busy--
    this.shareChanged()
    this.#share.demandChanged()
  }

  shareChanged(): void {
    while (this.#busy < this.#share.usable) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#busy++
      next()
    }
  }
}
