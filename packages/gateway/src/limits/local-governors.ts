import type { LookupStore } from "@wecom-push/sdk"
import type { Party } from "../model/party.ts"
import type { CorpLimits } from "../model/app-limits.ts"
import type { AppRecord, AppStore } from "../model/ports/apps.ts"
import type { CallPace, Governor, Governors, LookupPermits } from "../model/ports/governor.ts"
import { PartyLimits } from "./party-limits.ts"
import type { PartyLimitsDeps } from "./party-limits.ts"
import type { AppGovernorDeps } from "./app-governor.ts"
import { AppGovernors } from "./app-governors.ts"
import type { AppGovernorsDeps } from "./app-governors.ts"
import { localCallPace } from "./local-call-pace.ts"
import { LocalLookupPermits } from "./local-lookup-permits.ts"
import type { MemberWindows } from "./member-windows.ts"
import { WindowRecovery } from "./window-recovery.ts"
import type { WindowRecoveryDeps } from "./window-recovery.ts"

/** Needed by the governors of all apps. */
export interface GovernorsDeps
  extends
    Omit<AppGovernorDeps, "onPartyOpened">,
    Omit<PartyLimitsDeps, "busyMembers" | "windowsOfAll">,
    Omit<WindowRecoveryDeps, "reader" | "busyMembers"> {
  readonly apps: Pick<AppStore, "list" | "pause" | "resume">
  readonly ratesOf: AppGovernorsDeps["ratesOf"]
  readonly lookups: LookupStore
}

type Recovered = Pick<WindowRecoveryDeps, "reader" | "busyMembers">

/** For `startDispatcher`. @param stores what they keep of what went out before this process began */
export function localGovernors({ reader, busyMembers }: Recovered): (deps: GovernorsDeps) => Governors {
  return (deps) => new LocalGovernors({ ...deps, reader, busyMembers })
}

/** The governors of a process that alone sends to WeCom. */
class LocalGovernors implements Governors {
  readonly #deps: GovernorsDeps & Recovered
  readonly #governors: AppGovernors
  readonly #recovery: WindowRecovery
  #isReady = false

  constructor(deps: GovernorsDeps & Recovered) {
    this.#deps = deps
    this.#governors = new AppGovernors({
      ...deps,
      createLimits: (party, wanted, rates) => {
        const limits = new PartyLimits(deps, party, wanted, rates)
        this.#recovery.joined(party, limits.windows)
        return limits
      },
    })
    // A party without an app may get one again within the hour.
    const windowsOf = (party: Party, callKind: string | undefined): MemberWindows =>
      (this.#governors.known(party) ?? this.#governors.limitsOf(party, {})).windowsOf(callKind)
    this.#recovery = new WindowRecovery(deps, windowsOf)
  }

  async ready(): Promise<void> {
    if (this.#isReady) return
    const all = (await this.#deps.apps.list()).map((app) => this.#governors.limitsOf(app, app.settings).windows)
    if (all.length === 0 || all.some(({ isLimited }) => isLimited)) await this.#recovery.begin()
    this.#isReady = true
  }

  open(app: AppRecord): Promise<Governor> {
    return this.#governors.open(app)
  }

  forget(app: string): void {
    this.#governors.forget(app)
  }

  lookupPermits(_corpId: string, _pauseKey: string, limits: () => Promise<CorpLimits>): LookupPermits {
    const { clock, lookups } = this.#deps
    return new LocalLookupPermits(lookups, clock.steady, limits)
  }

  callPace(_name: string, limits: () => Promise<CorpLimits>): CallPace {
    return localCallPace(this.#deps.clock.steady, limits)
  }

  finished(app: string, message: string): void {
    this.#governors.finished(app, message)
  }

  clockJumped(byMs: number): void {
    this.#governors.clockJumped(byMs)
  }
}
