import { StorageError } from "../../model/storage-error.ts"
import type { NamedLocks, LockOptions } from "../../model/ports/named-locks.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import type { Session } from "./session.ts"

/** The locks of all nodes: a task waits in its node for the others there, and among nodes for a lock of the session. */
export class SharedLocks implements NamedLocks {
  readonly #session: Pick<Session, "lock">
  readonly #locks = new LocalLocks()

  constructor(session: Pick<Session, "lock">) {
    this.#session = session
  }

  run<T>(name: string, task: () => Promise<T>, { signal, patienceMs }: LockOptions = {}): Promise<T> {
    return this.#locks.run(name, async () => {
      await using _ =
        patienceMs === undefined
          ? await this.#session.lock(name, signal)
          : await this.#tryLock(name, patienceMs, signal)
      // Without `await` the lock would end before the task.
      return await task()
    })
  }

  async #tryLock(
    name: string,
    patienceMs: number,
    signal: AbortSignal | undefined,
  ): Promise<AsyncDisposable | undefined> {
    const late = AbortSignal.timeout(patienceMs)
    try {
      return await this.#session.lock(name, signal === undefined ? late : AbortSignal.any([late, signal]))
    } catch (error) {
      if (error instanceof StorageError) throw error
      signal?.throwIfAborted()
      return undefined
    }
  }
}
