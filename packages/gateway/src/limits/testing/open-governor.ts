import { memoryLookupStore } from "@wecom-push/sdk"
import { StorageError } from "../../model/storage-error.ts"
import { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { appLimits } from "../../model/app-limits.ts"
import type { AppRecord, Settings } from "../../model/ports/apps.ts"
import type { PersonTimes, PersonTimesTaken, PersonTimesWish } from "../../model/ports/person-times.ts"
import { AllCalls } from "../all-calls.ts"
import { PartyLimits } from "../party-limits.ts"
import { AppGovernor } from "../app-governor.ts"
import { STILL_AT_MS } from "./governor-rules.ts"
import type { GovernorUnderTest, Limits } from "./governor-rules.ts"

const PERSON_TIMES_PER_ACCOUNT = 200

/** The governor of this process, with a store in memory. */
export async function openInProcess(limits: Limits): Promise<GovernorUnderTest> {
  let nowMs = STILL_AT_MS
  const clock = new JumpAwareClock({ now: () => nowMs, monotonic: () => nowMs, sleep: () => Promise.resolve() })
  const settings = settingsFor(limits)
  const personTimes = new MemoryPersonTimes()
  const app: AppRecord = {
    name: "alerts",
    corpId: "ww1",
    agentId: 1000002,
    partyId: "1000002",
    kind: "app",
    createdAt: STILL_AT_MS,
    updatedAt: STILL_AT_MS,
    settings,
    pause: undefined,
    version: 1,
  }
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const deps = {
    clock,
    log,
    personTimes,
    busyMembers: { note: () => Promise.resolve(), since: () => Promise.resolve({ completeFrom: 0, members: [] }) },
    random: () => 0.5,
    apps: { pause: () => Promise.resolve(true), resume: () => Promise.resolve(true) },
    lookups: memoryLookupStore(),
    allCalls: new AllCalls(limits.sockets ?? 100),
    onOpened: () => undefined,
    onDoubted: () => undefined,
    onPartyOpened: () => undefined,
  }
  const party = new PartyLimits(deps, app, appLimits(settings))
  return {
    governor: new AppGovernor(deps, app, party),
    otherName: new AppGovernor(deps, { ...app, name: "alarms" }, party),
    nowMs: () => nowMs,
    pass: (ms) => void (nowMs += ms),
    quotaTaken: () => Promise.resolve(personTimes.count),
    breakStore: () => void (personTimes.isBroken = true),
    async settled() {
      for (let n = 0; n < 10; n++) await Promise.resolve()
    },
  }
}

/** Settings of an app with these limits. */
export function settingsFor(limits: Limits): Settings {
  return {
    member_per_minute: limits.memberPerMinute ?? null,
    member_per_hour: limits.memberPerHour ?? null,
    ...(limits.concurrentCalls !== undefined && { concurrent_calls: limits.concurrentCalls }),
    ...(limits.dayQuota !== undefined && { account_cap: limits.dayQuota / PERSON_TIMES_PER_ACCOUNT }),
  }
}

/** The person-times of one day. */
class MemoryPersonTimes implements PersonTimes {
  count = 0
  isBroken = false

  async take({ wanted, limit }: PersonTimesWish): Promise<PersonTimesTaken> {
    this.#failIfBroken()
    const granted = Math.max(0, Math.min(wanted, limit - this.count))
    this.count += granted
    return { granted, news: undefined }
  }

  async giveBack(_party: unknown, _day: unknown, count: number): Promise<void> {
    this.#failIfBroken()
    this.count -= count
  }

  async taken(): Promise<number> {
    return this.count
  }

  #failIfBroken(): void {
    if (this.isBroken) throw new StorageError("storage_error")
  }
}
