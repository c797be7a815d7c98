import type { LimitSettings } from "../settings.ts"
import { DayQuota } from "./day-quota.ts"
import { MemberRate } from "./member-rate.ts"
import { WindowQuota } from "./window-quota.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/**
 * The limits of group chats: chats a day, changes an hour, and person-times a minute and an hour, for the corp;
 * messages a minute and a day of one app to one member, of which the excess is dropped without a sign.
 * @see wecom document 90248, 90312
 */
export class ChatRate {
  readonly created = new DayQuota()
  readonly changes = new WindowQuota(HOUR_MS)
  readonly #minute = new WindowQuota(MINUTE_MS)
  readonly #hour = new WindowQuota(HOUR_MS)
  readonly #memberMinute = new MemberRate()
  readonly #memberDay = new DayQuota()

  /** Whether the corp may reach so many members now; if so, they are counted. */
  takePersonTimes(amount: number, limits: LimitSettings, nowMs: number): boolean {
    const { chat_person_times_per_minute: perMinute, chat_person_times_per_hour: perHour } = limits
    // The longer window is checked first, because it stays closed longer.
    if (!this.#hour.isOpen(amount, perHour, nowMs) || !this.#minute.isOpen(amount, perMinute, nowMs)) return false
    this.#hour.count(amount, nowMs)
    this.#minute.count(amount, nowMs)
    return true
  }

  /** Splits the members of a chat into those whose phones show a message and those whose copies are dropped. */
  admit(
    agentid: number,
    userids: readonly string[],
    limits: LimitSettings,
    nowMs: number,
  ): { shown: readonly string[]; dropped: readonly string[] } {
    const ofMember = { ...limits, member_per_minute: limits.chat_member_per_minute, member_per_hour: null }
    const { shown: inMinute } = this.#memberMinute.admit(agentid, userids, ofMember, nowMs)
    const shown = inMinute.filter((userid) =>
      this.#memberDay.take(`${agentid} ${userid}`, 1, limits.chat_member_per_day, nowMs),
    )
    const isShown = new Set(shown)
    return { shown, dropped: userids.filter((userid) => !isShown.has(userid)) }
  }

  open(): void {
    this.created.open()
    this.changes.open()
    this.#minute.open()
    this.#hour.open()
    this.#memberDay.open()
  }

  reset(): void {
    this.created.reset()
    this.changes.reset()
    this.#minute.reset()
    this.#hour.reset()
    this.#memberMinute.reset()
    this.#memberDay.reset()
  }
}
