export interface LockOptions {
  /** Ends the wait for the lock with its reason. */
  readonly signal?: AbortSignal | undefined
  /**
   * How long to wait for the lock. After that the task runs without it, since the process that has the lock may be
   * frozen. Unlimited unless given.
   */
  readonly patienceMs?: number
}

/**
 * One task at a time for each name, across all gateways that share the store. A gateway that loses the store meanwhile
 * loses its lock, and its task continues: what must never be done twice needs more than a lock.
 * @throws {StorageError} when the store cannot say which gateway has the lock; whatever `task` throws
 */
export interface NamedLocks {
  run<T>(name: string, task: () => Promise<T>, options?: LockOptions): Promise<T>
}
