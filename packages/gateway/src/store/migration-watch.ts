import { clampTimerMs } from "@wecom-push/sdk/internals"

export interface Migrated {
  /** Versions of the tables; 0: there were none. */
  readonly from: number
  readonly to: number
  /** Steps that there were to take, in their order. */
  readonly steps: readonly string[]
}

/** What is heard while the tables of a database with something in it are brought to this version. */
export type MigrationProgress = MigrationAtStep | MigrationDone

interface MigrationAtStep extends MigrationSpan {
  /** As in `0019-recalls`. */
  readonly step: string
  /** Of those that there are to take, from 1. */
  readonly number: number
  readonly of: number
  /** Of the work of this step, where the database tells it. */
  readonly percent?: number
}

interface MigrationDone extends MigrationSpan {
  readonly step: undefined
}

interface MigrationSpan {
  /** Versions of the tables. */
  readonly from: number
  readonly to: number
  /** Since the first step. */
  readonly seconds: number
}

export type OnMigrating = (progress: MigrationProgress) => void

export interface MigrationWatchOptions {
  /** Names of the steps to take. */
  readonly steps: readonly string[]
  /** Versions of the tables; from 0 there is nothing in the database, and nothing is said. */
  readonly from: number
  readonly to: number
  readonly onMigrating: OnMigrating
  /** Asks the database how far the step has come. */
  readonly percent?: () => Promise<number | undefined>
  readonly everyMs?: number
}

/** Says each step as it begins, and every few seconds that it is still at it; until it is disposed of. */
export class MigrationWatch implements Disposable {
  readonly #options: MigrationWatchOptions
  readonly #beganAt = performance.now()
  readonly #timer: NodeJS.Timeout
  #step: string | undefined

  constructor(options: MigrationWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#tellAgain(), clampTimerMs(options.everyMs ?? TELL_EVERY_MS)).unref()
  }

  /** That began last. */
  get step(): string | undefined {
    return this.#step
  }

  begin(step: string): void {
    this.#step = step
    this.#tell(step)
  }

  /** All of it is in the database. */
  done(): void {
    const { from, onMigrating } = this.#options
    if (from > 0 && this.#step !== undefined) onMigrating({ ...this.#span(), step: undefined })
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #tellAgain(): Promise<void> {
    const step = this.#step
    // It only adds to the line: what the database has against the question, the step itself meets and reports.
    const percent = await this.#options.percent?.().catch(() => undefined)
    if (step !== undefined && step === this.#step) this.#tell(step, percent)
  }

  #tell(step: string, percent?: number): void {
    const { steps, from, onMigrating } = this.#options
    if (from === 0) return
    const number = steps.indexOf(step) + 1
    const more = percent === undefined ? {} : { percent }
    onMigrating({ ...this.#span(), step, number, of: steps.length, ...more })
  }

  #span(): MigrationSpan {
    const { from, to } = this.#options
    return { from, to, seconds: Math.round((performance.now() - this.#beganAt) / 100) / 10 }
  }
}

const TELL_EVERY_MS = 3000
