import { join } from "node:path"
import { tellByFile } from "./told-by-file.ts"

/** The clock of a gateway's machine, which is set while the gateway runs. */
export class ClockFile {
  readonly #file: string
  readonly #usuallyMs: number

  /** @param usuallyMs by which it is ahead when it is right */
  constructor(file: string, usuallyMs: number) {
    this.#file = file
    this.#usuallyMs = usuallyMs
    this.set(0)
  }

  /** By so much against what it usually shows. */
  set(byMs: number): void {
    tellByFile(this.#file, String(this.#usuallyMs + byMs))
  }

  /** To be imported by the process before anything else, with this in its environment. */
  get preload(): string {
    return join(import.meta.dirname, "settable-clock.js")
  }

  get environment(): Readonly<Record<string, string>> {
    return { CHAOS_CLOCK: this.#file }
  }
}
