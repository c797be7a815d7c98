/** As much of a terminal as it uses. */
export interface Terminal {
  write(text: string): unknown
  readonly columns: number
}

export interface ProgressOptions {
  /** All that will run, and how long each took when it ran last: nothing for one that has not yet. */
  readonly files: ReadonlyMap<string, number | undefined>
  /** At a time. */
  readonly processes: number
  readonly now?: () => number
}

const CLEAR_LINE = "\r\u001B[K"

/** Where a run is: the last line of a terminal, below what is printed otherwise. */
export class Progress {
  readonly #terminal: Terminal
  readonly #files: number
  readonly #processes: number
  readonly #now: () => number
  readonly #waiting: Map<string, number | undefined>
  /** What of each runs, and since when. */
  readonly #running = new Map<string, { readonly lastMs: number | undefined; readonly from: number }>()
  /** What is printed may end within a line, which is not written over. */
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

  /** What else is printed, which goes above the line. */
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

  /** By the last run, where that has had all of them. */
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
