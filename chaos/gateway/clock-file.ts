import { join } from "node:path"
import { tellByFile } from "./told-by-file.ts"

/** The clock of a gateway's machine, which is set while the gateway runs. */
export class ClockFile {
  readonly #file: string
  readonly #usuallyMs: number

  /** @param usuallyMs how far it is ahead when it is not set */
  constructor(file: string, usuallyMs: number) {
    this.#file = file
    this.#usuallyMs = usuallyMs
    this.set(0)
  }

  /** Sets the clock this far ahead of what it usually shows; a negative number sets it back. */
  set(byMs: number): void {
    tellByFile(this.#file, String(this.#usuallyMs + byMs))
  }

  /** The module that the process imports before anything else, with `environment` set. */
  get preload(): string {
    return join(import.meta.dirname, "settable-clock.js")
  }

  get environment(): Readonly<Record<string, string>> {
    return { CHAOS_CLOCK: this.#file }
  }
}
