import { targetKey } from "@wecom-push/protocol/delivery"
import type { LookupStore } from "@wecom-push/sdk"
import type { Party } from "../model/party.ts"
import type { LookupLimits } from "../model/app-limits.ts"
import type { AppRecord, AppStore } from "../model/ports/apps.ts"
import type { CallPace, Governor, Governors, LookupPermits } from "../model/ports/governor.ts"
import { PartyLimits } from "./party-limits.ts"
import type { PartyLimitsDeps } from "./party-limits.ts"
import type { AppGovernorDeps } from "./app-governor.ts"
import { AppGovernors } from "./app-governors.ts"
import type { AppGovernorsDeps } from "./app-governors.ts"
import { ChatPersonTimesOfCorps, membersOf, MINUTE_MS } from "./chat-person-times.ts"
import type { ChatPersonTimesDeps } from "./chat-person-times.ts"
import { localCallPace } from "./local-call-pace.ts"
import { LocalLookupPermits } from "./local-lookup-permits.ts"
import { LocalPlaces } from "./local-places.ts"
import type { MemberWindows } from "./member-windows.ts"
import { WindowRecovery } from "./window-recovery.ts"
import type { WindowRecoveryDeps } from "./window-recovery.ts"

/** Needed by the governors of all apps. */
export interface GovernorsDeps
  extends
    Omit<AppGovernorDeps, "onPartyOpened">,
    Omit<PartyLimitsDeps, "busyMembers" | "windowsOfAll" | "chatPersonTimes">,
    Pick<ChatPersonTimesDeps, "chats" | "corps">,
    Omit<WindowRecoveryDeps, "reader" | "busyMembers" | "noteOther"> {
  readonly apps: Pick<AppStore, "list" | "pause" | "resume">
  readonly ratesOf: AppGovernorsDeps["ratesOf"]
  readonly lookups: LookupStore
}

type Recovered = Pick<WindowRecoveryDeps, "reader" | "busyMembers">

/** The governors for `startDispatcher`. @param stores the records of what went out before this process began */
export function localGovernors({ reader, busyMembers }: Recovered): (deps: GovernorsDeps) => Governors {
  return (deps) => new LocalGovernors({ ...deps, reader, busyMembers })
}

/** The governors of a process that alone sends to WeCom. */
class LocalGovernors implements Governors {
  readonly #deps: GovernorsDeps & Recovered
  readonly #governors: AppGovernors
  readonly #recovery: WindowRecovery
  readonly #places = new Map<string, LocalPlaces>()
  #isReady = false

  constructor(deps: GovernorsDeps & Recovered) {
    this.#deps = deps
    const chatPersonTimes = new ChatPersonTimesOfCorps(deps, (corpId) => this.#placesOf(corpId))
    this.#governors = new AppGovernors({
      ...deps,
      createLimits: (party, wanted, rates) => {
        const limits = new PartyLimits({ ...deps, chatPersonTimes }, party, wanted, rates)
        this.#recovery.joined(party, limits.windows)
        return limits
      },
    })
    // A party without an app may get one again within the hour.
    const windowsOf = (party: Party, callKind: string | undefined): MemberWindows =>
      (this.#governors.known(party) ?? this.#governors.limitsOf(party, {})).windowsOf(callKind)
    const noteOther = (of: Party, keys: readonly string[], at: number) => this.#noteChats(of, keys, at)
    this.#recovery = new WindowRecovery({ ...deps, noteOther }, windowsOf)
  }

  /** Counts earlier calls into chats, made before this process began, against the person-times of their corp. */
  async #noteChats({ corpId }: Party, keys: readonly string[], at: number): Promise<void> {
    if (at + MINUTE_MS <= this.#deps.clock.steady.now()) return
    const chats = keys.flatMap((key) => (key.startsWith(CHAT) ? [key.slice(CHAT.length)] : []))
    for (const chatid of chats) this.#placesOf(corpId).note(await membersOf(this.#deps, corpId, chatid), at)
  }

  #placesOf(corpId: string): LocalPlaces {
    const places = this.#places.get(corpId) ?? new LocalPlaces(this.#deps.clock.steady)
    this.#places.set(corpId, places)
    return places
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

  lookupPermits(_corpId: string, _pauseKey: string, limits: () => Promise<LookupLimits>): LookupPermits {
    const { clock, lookups } = this.#deps
    return new LocalLookupPermits(lookups, clock.steady, limits)
  }

  callPace(_name: string, limits: () => Promise<LookupLimits>): CallPace {
    return localCallPace(this.#deps.clock.steady, limits)
  }

  finished(app: string, message: string): void {
    this.#governors.finished(app, message)
  }

  clockJumped(byMs: number): void {
    this.#governors.clockJumped(byMs)
  }
}

/** What the key of a chat begins with. */
const CHAT = targetKey("chat", "")
