import type { Clock } from "@wecom-push/sdk"
import { corpLimits } from "../model/app-limits.ts"
import type { CorpLimits } from "../model/app-limits.ts"
import type { CorpSettingsStore } from "../model/ports/apps.ts"

/**
 * A corp's limits as last stored, by any gateway. Waiting callers ask again and again: the store is read four times a
 * second at most.
 */
export class LimitsOfCorp {
  readonly #corps: Pick<CorpSettingsStore, "get">
  readonly #clock: Pick<Clock, "now">
  readonly #corpId: string
  #known: { readonly at: number; readonly limits: Promise<CorpLimits> } | undefined

  constructor(corps: Pick<CorpSettingsStore, "get">, clock: Pick<Clock, "now">, corpId: string) {
    this.#corps = corps
    this.#clock = clock
    this.#corpId = corpId
  }

  get(): Promise<CorpLimits> {
    const at = this.#clock.now()
    if (this.#known === undefined || at - this.#known.at >= KNOWN_FOR_MS) this.#known = { at, limits: this.#read() }
    return this.#known.limits
  }

  /** The limits may have changed: callers from now on get limits that are read from now on. */
  forget(): void {
    this.#known = undefined
  }

  async #read(): Promise<CorpLimits> {
    try {
      return corpLimits(await this.#corps.get(this.#corpId))
    } catch (error) {
      this.forget()
      throw error
    }
  }
}

const KNOWN_FOR_MS = 250
