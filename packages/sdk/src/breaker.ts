import { stopsOthers } from "@wecom-push/protocol/delivery"
import type { WeComError } from "./wecom-error.ts"

/** Remembers, while many calls of one operation are under way, whether starting further ones makes sense. */
export class Breaker {
  #cause: WeComError | undefined
  #failuresInARow = 0

  /** Why no further call should start; undefined while they may. */
  get cause(): WeComError | undefined {
    return this.#cause
  }

  succeeded(): void {
    this.#failuresInARow = 0
  }

  failed(error: WeComError): void {
    this.#failuresInARow += 1
    if (stopsOthers(error, this.#failuresInARow)) this.#cause ??= error
  }
}
