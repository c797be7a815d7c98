import { SlidingLog } from "./sliding-log.ts"

const HOUR_MS = 3_600_000

/** Too many `gettoken` calls with a wrong secret ban the calling address for an hour. @see wecom document 90312 */
export class SecretBan {
  readonly #addresses = new Map<string, { failures: SlidingLog; bannedUntilMs: number }>()

  isBanned(ip: string, nowMs: number): boolean {
    return nowMs < (this.#addresses.get(ip)?.bannedUntilMs ?? 0)
  }

  /** Counts a failure; the one beyond the limit bans. */
  fail(ip: string, limit: number | null, nowMs: number): void {
    if (limit === null) return
    let address = this.#addresses.get(ip)
    if (address === undefined) {
      address = { failures: new SlidingLog(), bannedUntilMs: 0 }
      this.#addresses.set(ip, address)
    }
    address.failures.countWithin(HOUR_MS, nowMs)
    if (address.failures.isFull(limit, HOUR_MS, nowMs)) address.bannedUntilMs = nowMs + HOUR_MS
    else address.failures.add(nowMs)
  }

  /** Lifts every ban; what was counted stays. */
  lift(): void {
    for (const address of this.#addresses.values()) address.bannedUntilMs = 0
  }

  reset(): void {
    this.#addresses.clear()
  }
}
