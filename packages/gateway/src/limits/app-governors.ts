import { partyKey, isSameParty } from "../model/party.ts"
import type { Party } from "../model/party.ts"
import { appLimits } from "../model/app-limits.ts"
import type { AppLimits } from "../model/app-limits.ts"
import type { AppRecord, Settings } from "../model/ports/apps.ts"
import type { Governor } from "../model/ports/governor.ts"
import type { PartyLimits, PartyRates } from "./party-limits.ts"
import { AppGovernor } from "./app-governor.ts"
import type { AppGovernorDeps } from "./app-governor.ts"

export interface AppGovernorsDeps extends Omit<AppGovernorDeps, "onPartyOpened"> {
  /** The target rates of a kind of app; none for a kind that this version does not know. */
  readonly ratesOf: (kind: string) => PartyRates
  readonly createLimits: (party: Party, limits: AppLimits, rates: PartyRates) => PartyLimits
}

/** The governors of all apps in this process, over the limits of their parties. */
export class AppGovernors {
  readonly #deps: AppGovernorsDeps
  readonly #opened = new Map<string, { readonly app: AppRecord; readonly governor: AppGovernor }>()
  /** Kept even after an app is changed or deleted: its sends still count. */
  readonly #limits = new Map<string, PartyLimits>()

  constructor(deps: AppGovernorsDeps) {
    this.#deps = deps
  }

  async open(app: AppRecord): Promise<Governor> {
    const limits = this.limitsOf(app, app.settings)
    await limits.recover()
    const governor = new AppGovernor({ ...this.#deps, onPartyOpened: this.partyOpened }, app, limits)
    this.#opened.set(app.name, { app, governor })
    return governor
  }

  forget(app: string): void {
    this.#opened.delete(app)
  }

  /** The party of an app that is not opened is unknown: it may be any. */
  finished(app: string, message: string): void {
    const opened = this.#opened.get(app)
    const of = opened === undefined ? this.#limits.values() : [this.known(opened.app)]
    for (const limits of of) limits?.finished(message)
  }

  clockJumped(byMs: number): void {
    for (const { governor } of this.#opened.values()) governor.clockJumped(byMs)
    for (const limits of this.#limits.values()) limits.clockJumped(byMs)
  }

  /** Undefined when this process has no limits of the party yet. */
  known(party: Party): PartyLimits | undefined {
    return this.#limits.get(partyKey(party))
  }

  limitsOf(party: Party, settings: Settings): PartyLimits {
    const rates = this.#deps.ratesOf(party.kind)
    const wanted = appLimits(settings, rates.members)
    const known = this.known(party)
    known?.limit(wanted)
    if (known !== undefined) return known
    const limits = this.#deps.createLimits(party, wanted, rates)
    this.#limits.set(partyKey(party), limits)
    return limits
  }

  readonly partyOpened = (party: Party): void => {
    for (const { app } of this.#opened.values()) if (isSameParty(app, party)) this.#deps.onOpened(app.name)
  }
}
