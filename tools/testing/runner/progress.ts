/** The functions of a terminal that the progress uses. */
export interface Terminal {
  write(text: string): unknown
  readonly columns: number
}

export interface ProgressOptions {
  /** All files that will run, each with the time of its last run; undefined if it has not run yet. */
  readonly files: ReadonlyMap<string, number | undefined>
  /** How many run at a time. */
  readonly processes: number
  readonly now?: () => number
}

const CLEAR_LINE = "\r\u001B[K"

/** The progress of a run, in the last line of a terminal, below all other output. */
export class Progress {
  readonly #terminal: Terminal
  readonly #files: number
  readonly #processes: number
  readonly #now: () => number
  readonly #waiting: Map<string, number | undefined>
  /** The files that run, each with the time of its last run and its start. */
  readonly #running = new Map<string, { readonly lastMs: number | undefined; readonly from: number }>()
  /** Whether the output so far ended a line. If not, the progress must not overwrite that line. */
  #isAtLineStart = true

  constructor(terminal: Terminal, { files, processes, now = () => performance.now() }: ProgressOptions) {
    this.#terminal = terminal
    this.#files = files.size
    this.#processes = processes
    this.#now = now
    this.#waiting = new Map(files)
  }

  started(file: string): void {
    this.#running.set(file, { lastMs: this.#waiting.get(file), from: this.#now() })
    this.#waiting.delete(file)
    this.show()
  }

  ended(file: string): void {
    this.#running.delete(file)
  }

  /** Prints other output, above the line of the progress. */
  print(text: string): void {
    this.clear()
    this.#terminal.write(text)
    this.#isAtLineStart = text.endsWith("\n")
    this.show()
  }

  show(): void {
    if (!this.#isAtLineStart) return
    const done = this.#files - this.#waiting.size - this.#running.size
    const parts = [`${done} of ${this.#files} files`, this.#left(), [...this.#running.keys()].join(" ")]
    const line = parts.filter((part) => part !== "").join(" · ")
    this.#terminal.write(`${CLEAR_LINE}${line.slice(0, this.#terminal.columns - 1)}`)
  }

  clear(): void {
    if (this.#isAtLineStart) this.#terminal.write(CLEAR_LINE)
  }

  /** The time left, according to the last run, if all files ran in it. */
  #left(): string {
    const running = [...this.#running.values()].map(({ lastMs, from }) =>
      lastMs === undefined ? undefined : Math.max(0, lastMs - (this.#now() - from)),
    )
    const each = [...running, ...this.#waiting.values()]
    if (each.includes(undefined)) return ""
    const known = each.map((ms) => ms ?? 0)
    const together = known.reduce((sum, ms) => sum + ms, 0) / this.#processes
    return `some ${inWords(Math.max(together, ...known))} left`
  }
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
