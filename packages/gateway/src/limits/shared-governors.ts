import { partyKey, partyOf } from "../model/party.ts"
import type { Party } from "../model/party.ts"
import type { AppLimits, LookupLimits } from "../model/app-limits.ts"
import { StorageError } from "../model/storage-error.ts"
import type { AppRecord } from "../model/ports/apps.ts"
import type { CallPace, Governor, Governors, LookupPermits } from "../model/ports/governor.ts"
import type { SharedCounts, SharedPauses } from "../model/ports/shared-counts.ts"
import { PartyLimits } from "./party-limits.ts"
import type { PartyRates } from "./party-limits.ts"
import { AppGovernors } from "./app-governors.ts"
import type { WindowsOfAll } from "./call-reservation.ts"
import type { GovernorsDeps } from "./local-governors.ts"
import { lookupRules } from "./lookup-rules.ts"
import { ChatPersonTimesOfCorps } from "./chat-person-times.ts"
import { SharedPlaces } from "./shared-places.ts"
import { SharedPace } from "./shared-pace.ts"
import { SharedLookupPermits } from "./shared-lookup-permits.ts"
import { PermitShares } from "./permit-shares.ts"

/** The governors for `startDispatcher` where several nodes share a database. */
export function sharedGovernors(counts: SharedCounts): (deps: GovernorsDeps) => Governors {
  return (deps) => new SharedGovernors(deps, counts)
}

/**
 * All nodes together count what WeCom counts. Each node finds out for itself whether WeCom can be reached, since the
 * network may fail for one of them alone, and also how many calls WeCom takes at once.
 */
class SharedGovernors implements Governors {
  readonly #deps: GovernorsDeps
  readonly #counts: SharedCounts
  readonly #governors: AppGovernors
  readonly #pauses: SharedPauses
  readonly #shares: PermitShares
  readonly #parties = new Map<string, PartyOfAll>()
  readonly #chatPersonTimes: ChatPersonTimesOfCorps

  constructor(deps: GovernorsDeps, counts: SharedCounts) {
    this.#deps = deps
    this.#counts = counts
    this.#pauses = counts.pauses(deps.clock)
    this.#shares = new PermitShares({
      slots: counts.slots,
      watch: { look: (pools) => this.#learn(pools) },
      log: deps.log,
      stopping: deps.stopping,
      now: () => performance.now(),
    })
    this.#chatPersonTimes = new ChatPersonTimesOfCorps(
      deps,
      (corpId) => new SharedPlaces(counts.paces, deps.clock.steady, `chat person-times ${corpId}`),
    )
    this.#governors = new AppGovernors({ ...deps, createLimits: (...of) => this.#createLimits(...of) })
  }

  /** Resolves at once: all nodes already know the earlier sends. */
  ready(): Promise<void> {
    return Promise.resolve()
  }

  open(app: AppRecord): Promise<Governor> {
    return this.#governors.open(app)
  }

  lookupPermits(corpId: string, pauseKey: string, limits: () => Promise<LookupLimits>): LookupPermits {
    const { clock } = this.#deps
    return new SharedLookupPermits({
      corpId,
      pauseKey,
      limits,
      clock,
      pauses: this.#pauses,
      paces: this.#counts.paces,
      shares: this.#shares,
    })
  }

  callPace(name: string, limits: () => Promise<LookupLimits>): CallPace {
    return new SharedPace(this.#counts.paces, this.#deps.clock.steady, name, async () => lookupRules(await limits()))
  }

  forget(app: string): void {
    this.#governors.forget(app)
  }

  finished(app: string, message: string): void {
    this.#governors.finished(app, message)
  }

  clockJumped(byMs: number): void {
    this.#governors.clockJumped(byMs)
  }

  #createLimits(party: Party, wanted: AppLimits, rates: PartyRates): PartyLimits {
    const limits = new PartyLimits(
      {
        ...this.#deps,
        lookups: this.#pauses,
        busyMembers: undefined,
        windowsOfAll: (of, limitsNow) => this.#windowsOf(of, limitsNow),
        chatPersonTimes: this.#chatPersonTimes,
      },
      party,
      wanted,
      rates,
    )
    const { calls, pauseKey } = limits
    const { stopping } = this.#deps
    // An app that was being opened when the stop began may come here only now.
    if (stopping.aborted) calls.end()
    else stopping.addEventListener("abort", () => calls.end())
    const pool = `calls ${partyKey(party)}`
    calls.share = this.#shares.join({
      pool,
      get limit() {
        return calls.most
      },
      get busy() {
        return calls.sending
      },
      get demand() {
        return calls.demand
      },
      shareChanged: () => calls.shareChanged(),
    })
    const known: PartyOfAll = { party, limits, version: undefined }
    this.#parties.set(pool, known)
    calls.probes = {
      begin: () => this.#beginProbe(known),
      end: () => {
        if (limits.isClosed) void this.#pauses.endProbe(pauseKey)
      },
    }
    return limits
  }

  #windowsOf(of: Party, limits: () => Pick<AppLimits, "memberPerMinute" | "memberPerHour">): WindowsOfAll {
    const { windows } = this.#counts
    const party = partyOf(of)
    return {
      take: (members, asker) => windows.take({ party, members, ...asker, ...limits() }),
      waitedFor: (member) => windows.waitedFor(party, member),
      force: (members) => windows.force({ party, members, ...NO_ASKER, ...limits() }),
    }
  }

  async #beginProbe(known: PartyOfAll): Promise<boolean> {
    try {
      if (await this.#pauses.mayProbe(known.limits.pauseKey, PROBE_LASTS_MS)) return true
      await this.#learnOf(known)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
    return false
  }

  /** Reads refusals that other nodes have met, and their ends. */
  async #learn(pools: readonly string[]): Promise<void> {
    const parties = pools.flatMap((pool) => this.#parties.get(pool) ?? [])
    if (parties.length === 0) return
    const versions = await this.#pauses.versions(parties.map(({ limits }) => limits.pauseKey))
    for (const known of parties) {
      const version = versions.get(known.limits.pauseKey)
      if (version === known.version) continue
      await this.#learnOf(known)
      known.version = version
    }
  }

  async #learnOf({ party, limits }: PartyOfAll): Promise<void> {
    if (await limits.learn()) this.#governors.partyOpened(party)
  }
}

interface PartyOfAll {
  readonly party: Party
  readonly limits: PartyLimits
  /** The version of its pause when it was last read. */
  version: string | undefined
}

/** An asker that takes no place among those who wait. */
const NO_ASKER = { owner: "", rank: 0 }
/** Longer than an attempt: another node may try after this time. */
const PROBE_LASTS_MS = 30_000
