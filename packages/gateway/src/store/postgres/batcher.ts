import { StorageError } from "../../model/storage-error.ts"
import { isConflict, isOfChange } from "./classify-error.ts"

export interface BatcherOptions<Item, Result> {
  /**
   * Does all of them, in one transaction. @returns what becomes of each, in their order; undefined: it goes with the next
   * batch
   */
  readonly perform: (items: readonly Item[]) => Promise<readonly (Result | undefined)[]>
  readonly mostAtOnce: number
  readonly mostUnderWay: number
}

interface Queued<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Changes of one kind, which share transactions: each costs several round trips and a sync, however much is done in it.
 * What arrives while others are under way goes together.
 */
export class Batcher<Item, Result extends object | boolean> {
  readonly #options: BatcherOptions<Item, Result>
  #queue: Queued<Item, Result>[] = []
  #underWay = 0
  #isScheduled = false

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options
  }

  submit(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#queue.push({ item, resolve, reject })
    this.#schedule()
    return promise
  }

  /** Those that arrive in the same turn of the event loop are one batch. */
  #schedule(): void {
    if (this.#isScheduled || this.#queue.length === 0 || this.#underWay >= this.#options.mostUnderWay) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      const batch = this.#queue.splice(0, this.#options.mostAtOnce)
      this.#schedule()
      void this.#run(batch)
    })
  }

  async #run(batch: readonly Queued<Item, Result>[]): Promise<void> {
    this.#underWay++
    try {
      await this.#runTogether(batch)
    } catch (error) {
      if (!isOfSome(error)) {
        // What waits behind them would wait as long for the same.
        for (const one of [...batch, ...this.#queue.splice(0)]) one.reject(error)
      } else if (batch.length > 1) {
        // One of them may be at fault, which must not be the others' loss.
        for (const one of batch) await this.#runTogether([one]).catch(one.reject)
      } else batch[0]?.reject(error)
    } finally {
      this.#underWay--
      this.#schedule()
    }
  }

  async #runTogether(batch: readonly Queued<Item, Result>[]): Promise<void> {
    const results = await this.#options.perform(batch.map(({ item }) => item))
    const again: Queued<Item, Result>[] = []
    for (const [index, one] of batch.entries()) {
      const result = results[index]
      if (result === undefined) again.push(one)
      else one.resolve(result)
    }
    this.#queue.unshift(...again)
  }
}

/**
 * Whether one of a batch may be at fault, so that the others go through without it. What the database as a whole says, or the
 * way to it, each would hear again after waiting as long; so it is with a statement that takes too long.
 */
function isOfSome(error: unknown): boolean {
  if (!(error instanceof StorageError)) return true
  return (
    error.cause === undefined || error.code === "storage_full" || isOfChange(error.cause) || isConflict(error.cause)
  )
}
