/** One figure against its floor (at least) or ceiling (at most). */
export interface Figure {
  readonly what: string
  readonly measured: number
  readonly atLeast?: number
  readonly atMost?: number
  readonly unit?: string
  readonly note?: string
}

/** Prints a figure as soon as it is known and remembers whether all held. */
export class Report {
  readonly #onServer: string
  #missed = 0

  /** @param server on which rows of several gateways run, named beside their figures; rows that need none tell of none */
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

  /** A comparison that cannot be made here, and what it takes to make it. */
  leaveOut(what: string, because: string): void {
    console.log(`--      ${what}: left out; ${because}`)
  }

  /** What does not run as a user starts it, and why. */
  note(what: string): void {
    console.log(`note    ${what}`)
  }

  /** Figures that another process has printed were not all as they should be. */
  missElsewhere(): void {
    this.#missed++
  }

  get missed(): number {
    return this.#missed
  }
}

const format = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3))
