import type { BusyMember } from "../model/ports/busy-members.ts"

/**
 * Tells of members who get so much in an hour that its limit may be near, before they get it: at every `STEP` from
 * `BUSY_FROM` on. Whoever is not told of has got less, and whoever is, less than `STEP` more than was told last; so a
 * process that begins may send to others before it has read everything that went out in the last hour.
 */
export class BusyMarks {
  readonly #tell: (member: Pick<BusyMember, "member" | "count">) => void
  readonly #told = new Map<string, { readonly count: number; readonly at: number }>()

  constructor(tell: (member: Pick<BusyMember, "member" | "count">) => void) {
    this.#tell = tell
  }

  /** @param count how much a member has got in the last hour, at most */
  note(member: string, count: number, now: number): void {
    if (count < BUSY_FROM) return
    const step = count - (count % STEP)
    const told = this.#told.get(member)
    if (told?.count === step && told.at > now - TOLD_AGAIN_MS) return
    this.#told.set(member, { count: step, at: now })
    this.#tell({ member, count: step })
  }

  /** It was not kept. */
  forget(member: string): void {
    this.#told.delete(member)
  }

  /** Drops those who are not busy any more. */
  sweep(now: number): void {
    for (const [member, { at }] of this.#told) if (at <= now - BUSY_KEPT_MS) this.#told.delete(member)
  }
}

/** The most that a member can have got in the last hour. @param count what was told last; undefined when nothing was */
export function mostInHour(count: number | undefined): number {
  return (count ?? BUSY_FROM - STEP) + STEP - 1
}

/** Half of what WeCom lets through: those who get less are not worth a row. */
const BUSY_FROM = 500
const STEP = 100
const TOLD_AGAIN_MS = 10 * 60_000
/** Somebody who gets something is told of again after ten minutes at the latest, and it counts for an hour. */
export const BUSY_KEPT_MS = 3_600_000 + 2 * TOLD_AGAIN_MS
