import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** The times of a file in its last run, which decide the order of the next run. */
export interface FileTime {
  readonly wallMs: number
  /** Processor time of its process, and on Linux also of children that have ended and were waited for. */
  readonly cpuMs: number
}

export class TestTimes {
  readonly #path: string
  readonly #times: Map<string, FileTime>
  readonly #noted = new Map<string, FileTime>()

  constructor(path: string) {
    this.#path = path
    this.#times = new Map(Object.entries(read(path)))
  }

  of(file: string): FileTime | undefined {
    return this.#times.get(file)
  }

  note(file: string, { wallMs, cpuMs }: FileTime): void {
    this.#noted.set(file, { wallMs: Math.round(wallMs), cpuMs: Math.round(cpuMs) })
  }

  /** The files of this run that took longer than `ms`, the longest first. */
  notedOver(ms: number): readonly (readonly [file: string, time: FileTime])[] {
    return [...this.#noted].filter(([, { wallMs }]) => wallMs > ms).toSorted(([, a], [, b]) => b.wallMs - a.wallMs)
  }

  /** Another run may write at the same time; the last one counts. */
  write(): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    const sorted = Object.fromEntries(
      [...this.#times, ...this.#noted].toSorted(([one], [other]) => (one < other ? -1 : 1)),
    )
    const beside = `${this.#path}.${process.pid}`
    writeFileSync(beside, `${JSON.stringify(sorted, undefined, 1)}\n`)
    renameSync(beside, this.#path)
  }
}

function read(path: string): Readonly<Record<string, FileTime>> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, FileTime>
  } catch {
    // There was no run yet, or its record cannot be read: the order is decided without it.
    return {}
  }
}
