/** How long records without a configured time are kept. */
export const KEPT_MS = {
  /** Twice any window of the duplicate check (4 h): they take memory too. */
  bodies: 8 * 60 * 60 * 1000,
  /** WeCom repeats a delivery within seconds, and a delivery that was signed minutes ago is refused. */
  callbacks: 24 * 60 * 60 * 1000,
  /** Longer than the 72 h for which WeCom takes a code. */
  cardCodes: 80 * 60 * 60 * 1000,
  /** Longer than any search goes back: `limits/busy-members.ts`. */
  busyMembers: 24 * 60 * 60 * 1000,
} as const

/** The first day whose counts are kept. @returns a day, as in `2026-11-25` */
export function firstDayKept(now: number): string {
  return new Date(now - DAY_COUNTS_KEPT_MS).toISOString().slice(0, "2026-11-25".length)
}

const DAY_COUNTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000
