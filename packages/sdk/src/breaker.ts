import type { WeComError } from "./wecom-error.ts"

/**
 * Decides, while many calls of one operation are under way, whether starting further ones is of any use. A secret that
 * is wrong for one call is wrong for all; a lost answer may be bad luck, four in a row are not.
 */
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
    if (concernsEverybody(error) || this.#failuresInARow >= FAILURES_IN_A_ROW) this.#cause ??= error
  }
}

const FAILURES_IN_A_ROW = 4

function concernsEverybody(error: WeComError): boolean {
  if (error.code === "in_doubt") return false
  if (error.code !== "refused") return true
  return error.class !== "transient" && error.class !== "recipient"
}
