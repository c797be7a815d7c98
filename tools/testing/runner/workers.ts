export interface WorkersOptions<Unit> {
  /** At a time. */
  readonly least: number
  readonly most: number
  readonly next: () => Unit | undefined
  readonly run: (unit: Unit) => Promise<void>
}

/** Runs units: so many at a time, and one more for each time that it is said that there is room. */
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

  /** One more than now, until one of them has ended its unit. */
  addOne(): void {
    if (this.#running > 0 && this.#running < this.#options.most) this.#start()
  }

  #start(): void {
    this.#running += 1
    this.#work().catch(this.#ended.reject)
  }

  /** Those that continue take what a unit leaves behind, too. */
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
