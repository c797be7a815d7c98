/** How many calls of each API are under way. */
export class InFlight {
  readonly #counts = new Map<string, number>()

  /** @returns how many there are, this one included */
  enter(path: string): number {
    const count = (this.#counts.get(path) ?? 0) + 1
    this.#counts.set(path, count)
    return count
  }

  leave(path: string): void {
    const count = (this.#counts.get(path) ?? 0) - 1
    if (count > 0) this.#counts.set(path, count)
    else this.#counts.delete(path)
  }
}
