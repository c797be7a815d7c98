import type { LookupLimits } from "../model/app-limits.ts"
import type { CallPace, Governors } from "../model/ports/governor.ts"

/** How fast each API is called for a corp, beside look-ups and sends, which have paces of their own. */
export class CallPaces {
  readonly #governors: Pick<Governors, "callPace">
  readonly #paces = new Map<string, CallPace>()

  constructor(governors: Pick<Governors, "callPace">) {
    this.#governors = governors
  }

  of(corpId: string, api: string, limits: () => Promise<LookupLimits>): CallPace {
    const own = `call ${corpId} ${api}`
    const known = this.#paces.get(own)
    if (known !== undefined) return known
    // A key that may call any path could create paces without end: beyond the limit, paths share one pace.
    const name = this.#paces.size < MOST_PACES ? own : `call ${corpId} *`
    const pace = this.#paces.get(name) ?? this.#governors.callPace(name, limits)
    this.#paces.set(name, pace)
    return pace
  }
}

const MOST_PACES = 1000
