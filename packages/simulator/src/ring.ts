/** A queue whose oldest items can be dropped without moving the others. */
export class Ring<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    // Releases the item at once, so that it can be freed before the next compaction.
    this.#items[this.#head++] = undefined
    // Compacting when half of it is empty keeps the cost per item constant.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#head = 0
  }

  *newestFirst(): Generator<T, void, undefined> {
    for (let index = this.#items.length - 1; index >= this.#head; index--) {
      const item = this.#items[index]
      if (item !== undefined) yield item
    }
  }

  /** A copy, oldest first, which later pushes do not change. */
  toArray(): T[] {
    return this.#items.slice(this.#head).filter((item) => item !== undefined)
  }
}
