/** How long things are kept that nobody sets a time for. */
export const KEPT_MS = {
  /** Twice any window of the duplicate check (4 h): they are in memory too. */
  bodies: 8 * 60 * 60 * 1000,
  /** WeCom repeats a delivery within seconds, and what is signed longer ago than minutes is not taken. */
  callbacks: 24 * 60 * 60 * 1000,
  /** Past the 72 h for which WeCom takes one. */
  cardCodes: 80 * 60 * 60 * 1000,
  /** Longer than anybody looks back: `limits/busy-members.ts`. */
  busyMembers: 24 * 60 * 60 * 1000,
} as const

/** Counts of a day go after so many. @returns as in `2026-11-25` */
export function firstDayKept(now: number): string {
  return new Date(now - DAY_COUNTS_KEPT_MS).toISOString().slice(0, "2026-11-25".length)
}

const DAY_COUNTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000
