import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs"

/**
 * Reserved space, so that on a full disk accepted messages can still be settled: the file is given up when space runs
 * out and taken again once there is enough.
 */
export class ReserveFile {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** @throws when there is not enough space; then none is taken */
  take(): void {
    if (this.#isWhole()) return
    try {
      const handle = openSync(this.#file, "w", 0o600)
      try {
        for (let written = 0; written < RESERVE_BYTES; written += PIECE.length) writeSync(handle, PIECE)
        fsyncSync(handle)
      } finally {
        closeSync(handle)
      }
    } catch (error) {
      this.give()
      throw error
    }
  }

  give(): void {
    rmSync(this.#file, { force: true })
  }

  #isWhole(): boolean {
    return statSync(this.#file, { throwIfNoEntry: false })?.size === RESERVE_BYTES
  }
}

/** Some thousand settles. */
export const RESERVE_BYTES = 4 * 1024 * 1024
/** Not zeros, which some file systems do not store. */
const PIECE = Buffer.alloc(64 * 1024, "reserve ")
