/**
 * Which attempts may be under way together. A call that was under way at each of the last crashes of the process is
 * made alone, so that no other is suspected with it.
 */
export class CrashIsolation {
  #underWay = 0
  #isAlone = false
  #waiting: (() => void)[] = []
  #waitingAlone: (() => void)[] = []

  /** @returns undefined when it may start at once */
  enter(alone: boolean): Promise<void> | undefined {
    const isFree = !this.#isAlone && (alone ? this.#underWay === 0 : this.#waitingAlone.length === 0)
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
    this.#underWay--
    this.#isAlone = false
    if (this.#underWay > 0) return
    const suspect = this.#waitingAlone.shift()
    if (suspect !== undefined) return suspect()
    for (const start of this.#waiting.splice(0)) start()
  }

  #start(alone: boolean): void {
    this.#underWay++
    this.#isAlone = alone
  }
}
