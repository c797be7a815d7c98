import type { BusyMember } from "../model/ports/busy-members.ts"

/**
 * Reports members whose hourly window may soon be full, before it is: at every `STEP` from `BUSY_FROM` on. A member
 * that was not reported has got less than `BUSY_FROM`; one that was reported has got less than `STEP` more than that.
 * So a new process may send to the other members before it has read all sends of the last hour.
 */
export class BusyMarks {
  readonly #report: (member: Pick<BusyMember, "member" | "count">) => void
  readonly #reported = new Map<string, { readonly count: number; readonly at: number }>()

  constructor(report: (member: Pick<BusyMember, "member" | "count">) => void) {
    this.#report = report
  }

  /** @param count the most that the member can have got in the last hour */
  note(member: string, count: number, now: number): void {
    if (count < BUSY_FROM) return
    const step = count - (count % STEP)
    const last = this.#reported.get(member)
    if (last?.count === step && last.at > now - REPORT_AGAIN_MS) return
    this.#reported.set(member, { count: step, at: now })
    this.#report({ member, count: step })
  }

  /** The report could not be stored. */
  forget(member: string): void {
    this.#reported.delete(member)
  }

  /** Drops those who are not busy any more. */
  sweep(now: number): void {
    for (const [member, { at }] of this.#reported) if (at <= now - BUSY_KEPT_MS) this.#reported.delete(member)
  }
}

/** The most that a member can have got in the last hour. @param count as last reported; undefined when it was not */
export function mostInHour(count: number | undefined): number {
  return (count ?? BUSY_FROM - STEP) + STEP - 1
}

/** Half of what WeCom lets through: members who get less are not worth a row. */
const BUSY_FROM = 500
const STEP = 100
const REPORT_AGAIN_MS = 10 * 60_000
/** A member who gets messages is reported again after ten minutes at the latest, and a report counts for an hour. */
export const BUSY_KEPT_MS = 3_600_000 + 2 * REPORT_AGAIN_MS
