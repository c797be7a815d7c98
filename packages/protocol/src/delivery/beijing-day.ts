/** WeCom's limits by the day begin anew at midnight in Beijing, which has had one offset since 1992. */
export function beijingDay(now: number): string {
  return new Date(now + OFFSET_MS).toISOString().slice(0, 10)
}

export function nextBeijingDayAt(now: number): number {
  return (Math.floor((now + OFFSET_MS) / DAY_MS) + 1) * DAY_MS - OFFSET_MS
}

const OFFSET_MS = 8 * 3_600_000
const DAY_MS = 24 * 3_600_000
