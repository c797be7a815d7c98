/**
 * Who is in flight beside whom. A call that was in flight whenever the process died flies alone, so that the others
 * are not suspected with it.
 */
export class Airspace {
  #flying = 0
  #isAlone = false
  #waiting: (() => void)[] = []
  #waitingAlone: (() => void)[] = []

  /** @returns undefined when it may start at once */
  enter(alone: boolean): Promise<void> | undefined {
    const isFree = !this.#isAlone && (alone ? this.#flying === 0 : this.#waitingAlone.length === 0)
    if (isFree) {
      this.#start(alone)
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    const queue = alone ? this.#waitingAlone : this.#waiting
    queue.push(() => {
      this.#start(alone)
      resolve()
    })
    return promise
  }

  leave(): void {
    this.#flying--
    this.#isAlone = false
    if (this.#flying > 0) return
    const suspect = this.#waitingAlone.shift()
    if (suspect !== undefined) return suspect()
    for (const start of this.#waiting.splice(0)) start()
  }

  #start(alone: boolean): void {
    this.#flying++
    this.#isAlone = alone
  }
}
