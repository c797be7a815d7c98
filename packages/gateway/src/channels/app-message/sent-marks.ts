/**
 * One mark for each call that a thread carries, in memory that outlives the thread: it is set before the call's first
 * byte goes out, so that of a thread that has failed one knows which calls cannot have arrived.
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

/** In the thread. */
export function setSent(marks: Uint8Array, mark: number): void {
  Atomics.store(marks, mark, 1)
}

/** More calls than a transport has sockets; those beyond go by the thread that serves. */
const MOST = 1024
