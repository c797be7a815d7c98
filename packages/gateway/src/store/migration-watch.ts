import { clampTimerMs } from "@wecom-push/sdk/internals"

export interface Migrated {
  /** Versions of the tables; 0: there were none. */
  readonly from: number
  readonly to: number
  /** The steps to take, in order. */
  readonly steps: readonly string[]
  /** It was stopped before the last step: all steps are undone. */
  readonly isStopped?: true
}

/** Ends a migration at the beginning of a step, and so undoes those before it. */
export class MigrationStopped extends Error {
  override readonly name = "MigrationStopped"
}

/** Reported while the tables of a database that is not empty are migrated to this version. */
export type MigrationProgress = MigrationAtStep | MigrationDone

interface MigrationAtStep extends MigrationSpan {
  /** As in `0019-recalls`. */
  readonly step: string
  /** The number of the step among the steps to take, from 1. */
  readonly number: number
  readonly of: number
  /** Progress within this step, where the database knows it. */
  readonly percent?: number
}

interface MigrationDone extends MigrationSpan {
  readonly step: undefined
}

interface MigrationSpan {
  /** Versions of the tables. */
  readonly from: number
  readonly to: number
  /** Seconds since the first step began. */
  readonly seconds: number
}

export type OnMigrating = (progress: MigrationProgress) => void

export interface MigrationWatchOptions {
  /** Names of the steps to take. */
  readonly steps: readonly string[]
  /** Versions of the tables; from 0 the database is empty, and nothing is reported. */
  readonly from: number
  readonly to: number
  readonly onMigrating: OnMigrating
  /** Asks the database for the progress of the step. */
  readonly percent?: () => Promise<number | undefined>
  readonly everyMs?: number
}

/** Reports each step as it begins, and every few seconds while it runs, until disposed of. */
export class MigrationWatch implements Disposable {
  readonly #options: MigrationWatchOptions
  readonly #beganAt = performance.now()
  readonly #timer: NodeJS.Timeout
  #step: string | undefined

  constructor(options: MigrationWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#reportAgain(), clampTimerMs(options.everyMs ?? TELL_EVERY_MS)).unref()
  }

  /** The step that began last. */
  get step(): string | undefined {
    return this.#step
  }

  begin(step: string): void {
    this.#step = step
    this.#report(step)
  }

  /** All steps are committed. */
  done(): void {
    const { from, onMigrating } = this.#options
    if (from > 0 && this.#step !== undefined) onMigrating({ ...this.#span(), step: undefined })
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #reportAgain(): Promise<void> {
    const step = this.#step
    // The percentage only adds to the report: an error of the database also hits the step itself, which reports it.
    const percent = await this.#options.percent?.().catch(() => undefined)
    if (step !== undefined && step === this.#step) this.#report(step, percent)
  }

  #report(step: string, percent?: number): void {
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
