/**
 * One mark for each call that a thread carries, in memory that the end of the thread does not affect. The mark is set before
 * the call's first byte goes out. So, after a thread has failed, the marks show which calls cannot have arrived.
 */
export class SentMarks {
  readonly shared = new SharedArrayBuffer(MOST)
  readonly #marks = new Uint8Array(this.shared)
  readonly #free = Array.from(this.#marks, (_, index) => MOST - 1 - index)

  /** @returns undefined when all are taken */
  take(): number | undefined {
    return this.#free.pop()
  }

  isSet(mark: number): boolean {
    return Atomics.load(this.#marks, mark) === 1
  }

  giveBack(mark: number): void {
    Atomics.store(this.#marks, mark, 0)
    this.#free.push(mark)
  }
}

/** Called in the thread. */
export function setSent(marks: Uint8Array, mark: number): void {
  Atomics.store(marks, mark, 1)
}

/** More calls than a transport has sockets; further calls go by the thread that serves. */
const MOST = 1024
