/** One figure against its floor (at least) or ceiling (at most). */
export interface Figure {
  readonly what: string
  readonly measured: number
  readonly atLeast?: number
  readonly atMost?: number
  readonly unit?: string
  readonly note?: string
}

/** Prints each figure as soon as it is known, and remembers whether all reached their limits. */
export class Report {
  readonly #onServer: string
  #missed = 0

  /** @param server the database server for rows of several gateways, named beside their figures; other rows have none */
  constructor(server = "") {
    this.#onServer = server === "" ? "" : `, on ${server}`
  }

  add({ what, measured, atLeast, atMost, unit = "×", note }: Figure): void {
    const holds = (atLeast === undefined || measured >= atLeast) && (atMost === undefined || measured <= atMost)
    if (!holds) this.#missed++
    const bound = atLeast === undefined ? (atMost === undefined ? "" : `at most ${atMost}`) : `at least ${atLeast}`
    console.log(
      `${holds ? "ok    " : "MISSED"}  ${what}${this.#onServer}: ${format(measured)} ${unit} (${bound})${note ? `; ${note}` : ""}`,
    )
  }

  /** Prints a comparison that cannot be made here, with what is missing. */
  leaveOut(what: string, because: string): void {
    console.log(`--      ${what}: left out; ${because}`)
  }

  /** Prints what does not run as a user starts it, and why. */
  note(what: string): void {
    console.log(`note    ${what}`)
  }

  /** Notes that another process has printed a figure that missed its limit. */
  missElsewhere(): void {
    this.#missed++
  }

  get missed(): number {
    return this.#missed
  }
}

const format = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3))
