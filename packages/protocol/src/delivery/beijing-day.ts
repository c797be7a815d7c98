/** WeCom's daily limits start again at midnight in Beijing, whose offset has not changed since 1992. */
export function beijingDay(now: number): string {
  return new Date(now + OFFSET_MS).toISOString().slice(0, 10)
}

export function nextBeijingDayAt(now: number): number {
  return (Math.floor((now + OFFSET_MS) / DAY_MS) + 1) * DAY_MS - OFFSET_MS
}

const OFFSET_MS = 8 * 3_600_000
const DAY_MS = 24 * 3_600_000
