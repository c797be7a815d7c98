export interface TurnOptions {
  /** Ends the wait for the turn with its reason. */
  readonly signal?: AbortSignal | undefined
  /** After so long the task runs without its turn: whose turn it is may be frozen. As long as it takes unless given. */
  readonly patienceMs?: number
}

/**
 * One task at a time for each name, of all gateways that share the store. Should this gateway lose the store meanwhile, its
 * turn is lost and its task goes on, so that what must never be done twice needs more than a turn.
 * @throws {StorageError} when it cannot be known whose turn it is; whatever `task` throws
 */
export interface NamedTurns {
  run<T>(name: string, task: () => Promise<T>, options?: TurnOptions): Promise<T>
}
