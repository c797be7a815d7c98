import { Semaphore } from "../../model/semaphore.ts"

/**
 * A call that was under way at each of the last crashes of the process may be their cause. Such calls are made one at a
 * time, so that the next crash shows which of them it was. Other calls wait for none of them.
 */
export class CrashIsolation {
  readonly #suspects = new Semaphore()

  /** Resolves when no other suspect is being made. Disposing of the result lets the next one begin. */
  enter(): Promise<Disposable> {
    return this.#suspects.take()
  }
}

export function isSuspect({ crashes }: { readonly crashes: number }): boolean {
  return crashes >= CRASHES_THAT_ISOLATE
}

/** A call that was in flight at two crashes of the process in a row is made alone. */
const CRASHES_THAT_ISOLATE = 2
/** After three more crashes while no other suspect was in flight, it is not tried any more. */
export const CRASHES_THAT_PARK = 5
