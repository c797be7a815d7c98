import { closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { headLine } from "./journal-format.ts"
import type { JournalHead } from "./journal-format.ts"

/** The lines of a journal, at the end of an open file that no other process writes to. */
export class JournalFile implements Disposable {
  readonly #path: string
  readonly #fd: number
  readonly #lock: Disposable
  #length: number

  /** @param length of the lines that are whole; the rest behind them was cut off in the middle */
  constructor(path: string, fd: number, length: number, lock: Disposable) {
    this.#path = path
    this.#fd = fd
    this.#lock = lock
    this.#length = length
  }

  /** @throws the system's error */
  begin(head: JournalHead): void {
    ftruncateSync(this.#fd, this.#length)
    if (this.#length > 0) return
    this.append(headLine(head))
    // A new file is certain to be on the disk once its folder is.
    const folder = openSync(dirname(this.#path), "r")
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }

  /** @throws the system's error; the file then ends with the line before */
  append(line: object): void {
    // A line written to a file that was moved away would not be found again.
    if (statSync(this.#path).ino !== fstatSync(this.#fd).ino) throw new Error("moved away")
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at)
      fdatasyncSync(this.#fd)
    } catch (error) {
      ftruncateSync(this.#fd, this.#length)
      throw error
    }
    this.#length += bytes.length
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
    this.#lock[Symbol.dispose]()
  }
}
