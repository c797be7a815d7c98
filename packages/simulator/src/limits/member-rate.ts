import type { Conversation } from "../ledger.ts"
import type { LimitSettings } from "../settings.ts"
import { SlidingLog } from "./sliding-log.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/**
 * The limits for messages of one app to one member: 30 a minute and 1000 an hour; the excess is dropped without a sign.
 * Dropped messages do not count.
 * @see wecom document 90236
 */
export class MemberRate {
  readonly #apps = new Map<Conversation, Map<string, SlidingLog>>()

  /** Splits the members into those whose phones show the message and those whose copies are dropped. */
  admit(
    sender: Conversation,
    userids: readonly string[],
    limits: LimitSettings,
    nowMs: number,
  ): { shown: readonly string[]; dropped: readonly string[] } {
    if (limits.member_per_minute === null && limits.member_per_hour === null) return { shown: userids, dropped: [] }
    const logs = this.#logsOf(sender)
    const dropped: string[] = []
    for (const userid of userids) {
      if (!admitOne(logs, userid, limits, nowMs)) dropped.push(userid)
    }
    // Mostly no copy is dropped; then the list is shared and not copied.
    if (dropped.length === 0) return { shown: userids, dropped }
    const isDropped = new Set(dropped)
    return { shown: userids.filter((userid) => !isDropped.has(userid)), dropped }
  }

  reset(): void {
    this.#apps.clear()
  }

  #logsOf(sender: Conversation): Map<string, SlidingLog> {
    let logs = this.#apps.get(sender)
    if (logs === undefined) {
      logs = new Map()
      this.#apps.set(sender, logs)
    }
    return logs
  }
}

function admitOne(logs: Map<string, SlidingLog>, userid: string, limits: LimitSettings, nowMs: number): boolean {
  let log = logs.get(userid)
  if (log === undefined) {
    log = new SlidingLog()
    logs.set(userid, log)
  }
  log.countWithin(HOUR_MS, nowMs)
  const full =
    (limits.member_per_minute !== null && log.isFull(limits.member_per_minute, MINUTE_MS, nowMs)) ||
    (limits.member_per_hour !== null && log.isFull(limits.member_per_hour, HOUR_MS, nowMs))
  if (!full) log.add(nowMs)
  return !full
}
