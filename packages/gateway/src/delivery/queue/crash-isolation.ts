import { Semaphore } from "../../model/semaphore.ts"

/**
 * A call that was under way at each of the last crashes of the process may be what ends it. Such calls are made one at a
 * time, so that the next crash shows which of them it was. Other calls wait for none of them.
 */
export class CrashIsolation {
  readonly #turns = new Semaphore()

  /** Resolves when no other suspect is being made; what it resolves to ends the turn when disposed of. */
  async enter(): Promise<Disposable> {
    await this.#turns.enter()
    return { [Symbol.dispose]: () => this.#turns.leave() }
  }
}

export function isSuspect({ crashes }: { readonly crashes: number }): boolean {
  return crashes >= CRASHES_THAT_ISOLATE
}

/** In flight at two crashes of the process in a row. */
const CRASHES_THAT_ISOLATE = 2
/** And at three more while no other suspect was: it is not tried any more. */
export const CRASHES_THAT_PARK = 5
