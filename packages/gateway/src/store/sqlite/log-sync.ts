import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs"

/** Syncs SQLite's log (`FILE-wal`) to the disk, in another thread: the main thread continues meanwhile. */
export class LogSync implements Disposable {
  readonly #handle: number

  /** @param file the database, open already: SQLite creates its log at the first use */
  constructor(file: string) {
    this.#handle = openSync(`${file}-wal`, "r+")
  }

  /** Resolves once everything written to the log before this call is on the disk. */
  sync(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    fdatasync(this.#handle, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
    return promise
  }

  syncNow(): void {
    fdatasyncSync(this.#handle)
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle)
  }
}
