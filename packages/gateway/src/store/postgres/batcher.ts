import { StorageError } from "../../model/storage-error.ts"
import { isConflict } from "./classify-error.ts"

export interface BatcherOptions<Item, Result> {
  /**
   * Performs all items in one transaction.
   * @returns the result of each, in order; undefined: the item goes into the next batch
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
 * Changes of one kind, which share transactions: a transaction costs several round trips and a sync, however much it
 * does. Changes that arrive while others are under way go together.
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

  /** Changes of one turn of the event loop are one batch. */
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
        // The waiting changes would get the same error after the same wait.
        for (const one of [...batch, ...this.#queue.splice(0)]) one.reject(error)
      } else if (batch.length > 1) {
        // One of the items may cause the error; the others must not get it.
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
 * Whether one change of a batch may cause the error, so that the others succeed without it. An error of the whole
 * database, or of the connection, would come again for each change after the same wait; so would a statement that takes
 * too long.
 */
export function isOfSome(error: unknown): boolean {
  if (!(error instanceof StorageError)) return true
  return error.cause === undefined || error.code === "storage_full" || error.isOfChange || isConflict(error.cause)
}
