export interface WorkersOptions<Unit> {
  /** The least number of units that run at a time. */
  readonly least: number
  readonly most: number
  readonly next: () => Unit | undefined
  readonly run: (unit: Unit) => Promise<void>
}

/** Runs units, `least` at a time, and one more for each call of `addOne`. */
export class Workers<Unit> {
  readonly #options: WorkersOptions<Unit>
  readonly #ended = Promise.withResolvers<void>()
  #running = 0

  constructor(options: WorkersOptions<Unit>) {
    this.#options = options
  }

  /** Resolves when there is no unit left. */
  async run(): Promise<void> {
    for (let started = 0; started < this.#options.least; started++) this.#start()
    await this.#ended.promise
  }

  /** Runs one more unit than now, until a unit has ended. */
  addOne(): void {
    if (this.#running > 0 && this.#running < this.#options.most) this.#start()
  }

  #start(): void {
    this.#running += 1
    this.#work().catch(this.#ended.reject)
  }

  /** The workers that continue also take the units that a unit adds at its end. */
  async #work(): Promise<void> {
    do {
      const unit = this.#options.next()
      if (unit === undefined) break
      await this.#options.run(unit)
    } while (this.#running <= this.#options.least)
    this.#running -= 1
    if (this.#running === 0) this.#ended.resolve()
  }
}
