import { CHAT_PERSON_TIMES_PER_MINUTE } from "@wecom-push/protocol"
import { APP_CHAT, APP_MESSAGE, LOOKUPS_PER_HOUR, LOOKUPS_PER_MINUTE } from "@wecom-push/protocol/delivery"
import type { TargetRate } from "@wecom-push/protocol/delivery"
import type { Settings } from "./ports/apps.ts"

/** The limits that the governor keeps for an app. Null switches a limit off. */
export interface AppLimits {
  /** How many messages of the app one member may get; WeCom silently drops those beyond it. */
  readonly memberPerMinute: number | null
  readonly memberPerHour: number | null
  /** How many messages of the app one group chat may get. */
  readonly chatPerMinute: number | null
  /** How many calls may be under way at once. WeCom publishes no figure, only the refusal 45033. */
  readonly concurrentCalls: number
  /** Small messages of equal content travel in one call, and cannot be recalled. */
  readonly sharesCalls: boolean
  /**
   * The corp's 账号上限数, from which WeCom computes the app's day quota; null while it is not set: then there is no quota.
   */
  readonly accountCap: number | null
}

/** The limits of a corp's look-ups; each other API is called at the same pace. */
export interface LookupLimits {
  /**
   * How many numbers that no member has may be asked for in a day; too many of them close the look-up until the next
   * one.
   */
  readonly lookupMissBudget: number
  /** Lower than WeCom's 10,000 a minute and 150,000 an hour, since other programs of the corp ask too. */
  readonly lookupsPerMinute: number | null
  readonly lookupsPerHour: number | null
}

export interface CorpLimits extends LookupLimits {
  /** How many members all messages into group chats may reach, counted over all apps of the corp. */
  readonly chatPersonTimesPerMinute: number | null
}

/**
 * Reads an app's limits from its settings, which have the public names.
 * @param usual the rate of a target for this call kind, where the settings name none
 * @see https://developer.work.weixin.qq.com/document/path/90312
 */
export function appLimits(settings: Settings, usual: TargetRate = APP_MESSAGE.targetRate): AppLimits {
  return {
    memberPerMinute: limit(settings["member_per_minute"], usual.perMinute),
    memberPerHour: limit(settings["member_per_hour"], usual.perHour ?? null),
    chatPerMinute: limit(settings["chat_per_minute"], APP_CHAT.targetRate.perMinute),
    concurrentCalls: limit(settings["concurrent_calls"], DEFAULT_CONCURRENT_CALLS) ?? DEFAULT_CONCURRENT_CALLS,
    accountCap: limit(settings["account_cap"], null),
    sharesCalls: settings["share_calls"] === true,
  }
}

/** The settings of an app that belong to its party: all names of the party have the same. */
const PARTY_SETTINGS = {
  member_per_minute: ({ memberPerMinute }) => memberPerMinute,
  member_per_hour: ({ memberPerHour }) => memberPerHour,
  chat_per_minute: ({ chatPerMinute }) => chatPerMinute,
  concurrent_calls: ({ concurrentCalls }) => concurrentCalls,
  account_cap: ({ accountCap }) => accountCap,
} as const satisfies Readonly<Record<string, (limits: AppLimits) => number | null>>

/** The limit where an app has no such setting; undefined for a setting that is not its party's. */
export function usualLimit(setting: string): number | null | undefined {
  const entry = Object.entries(PARTY_SETTINGS).find(([name]) => name === setting)
  return entry?.[1](appLimits({}))
}

/** @returns the names of the limits whose effect differs, set or not */
export function differingLimits(some: Settings, others: Settings): readonly string[] {
  const [limits, otherLimits] = [appLimits(some), appLimits(others)]
  return Object.entries(PARTY_SETTINGS).flatMap(([name, of]) => (of(limits) === of(otherLimits) ? [] : [name]))
}

/** An app's settings once it joins the party of another app with these settings. */
export function withLimitsOf(party: Settings, own: Settings): Settings {
  const others = Object.entries(own).filter(([name]) => !(name in PARTY_SETTINGS))
  const limits = Object.entries(party).filter(([name]) => name in PARTY_SETTINGS)
  return Object.fromEntries([...others, ...limits])
}

/** For each limit, the strictest value in these settings. */
export function strictestLimits(all: readonly [Settings, ...Settings[]]): Settings {
  const limits = Object.entries(PARTY_SETTINGS).flatMap(([name, of]): [string, Settings[string]][] => {
    const strictest = all.reduce((one, other) =>
      (of(appLimits(other)) ?? Infinity) < (of(appLimits(one)) ?? Infinity) ? other : one,
    )
    const value = strictest[name]
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(limits)
}

export function corpLimits(settings: Settings): CorpLimits {
  return {
    lookupMissBudget: limit(settings["lookup_miss_budget"], 10) ?? Infinity,
    lookupsPerMinute: limit(settings["lookups_per_minute"], LOOKUPS_PER_MINUTE),
    lookupsPerHour: limit(settings["lookups_per_hour"], LOOKUPS_PER_HOUR),
    chatPersonTimesPerMinute: limit(settings["chat_person_times_per_minute"], CHAT_PERSON_TIMES_PER_MINUTE),
  }
}

const DEFAULT_CONCURRENT_CALLS = 50

/** Person-times a day for each account of the cap. @see https://developer.work.weixin.qq.com/document/path/90312 */
export const PERSON_TIMES_PER_ACCOUNT = 200

function limit(value: Settings[string] | undefined, usual: number | null): number | null {
  if (value === null) return null
  return typeof value === "number" && value >= 0 ? value : usual
}
