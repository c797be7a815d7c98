import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import { DUE_BACK_MS } from "./due-time.ts"

/** Messages of an app with one priority: the jobs of a window are theirs. */
export interface Group {
  readonly app: string
  readonly priority: Priority
}

/** The state that a statement has seen, and when. */
export interface Seen {
  /** The database's time at which it began. */
  readonly now: number
  /** Every transaction with a lower number had ended. */
  readonly xmin: number
  /** Every transaction that began to write later has this number or a higher one. */
  readonly xmax: number
}

/**
 * The place from which the messages of a group have to be read: no message before it waits or has a job. A read from
 * the beginning would pass all finished entries that the database cannot remove yet, because a backup or a long query
 * holds an old snapshot.
 *
 * A floor is the result of one look, and is valid for each later look. A message that a transaction writes and that the
 * look did not see is due no earlier than `DUE_BACK_MS` before that transaction began to write, or than the same
 * message was before (`due-time.ts`). So a floor is never above the moment after which all transactions began that were
 * under way at the look.
 *
 * It belongs to this process, and ends after a minute: after that, messages written by a clock that was set back, or by
 * hand, are found. It is kept only after the commit, since a look sees the changes of its own transaction.
 */
export class WindowFloors {
  readonly #floors = new Map<string, Floor>()
  /** Ascending. */
  #moments: readonly Seen[] = []

  /** Where a look through this group begins now. */
  begin(group: Group): Look {
    const floor = this.#floors.get(keyOf(group))
    const isHeld = floor !== undefined && performance.now() < floor.first.until
    return { group, from: isHeld ? floor.place : BEGINNING, first: isHeld ? floor.first : undefined }
  }

  /** The next look begins at the beginning. */
  forget(groups: readonly Group[]): void {
    for (const group of groups) this.#floors.delete(keyOf(group))
  }

  /**
   * Call it after the commit of the transaction that has looked.
   * @param found the first message there; undefined: there was none
   */
  note(look: Look, found: Place | undefined, seen: Seen): void {
    const begunAfter = this.#begunAfter(seen)
    if (begunAfter === undefined) return
    const key = keyOf(look.group)
    const last = { dueAt: begunAfter - 2 * DUE_BACK_MS, seq: 0 }
    const place = found !== undefined && isBefore(found, last) ? found : last
    if (look.first === undefined) {
      if (this.#floors.size >= MOST_FLOORS) this.#floors.clear()
      this.#floors.set(key, { place, first: { until: performance.now() + HELD_FOR_MS } })
      return
    }
    const known = this.#floors.get(key)
    // A look from a floor that was forgotten meanwhile shows nothing about what is below it.
    if (known?.first === look.first && isBefore(known.place, place)) this.#floors.set(key, { place, first: look.first })
  }

  /** @returns the latest known moment after which all transactions began to write that a statement may not have seen */
  #begunAfter(seen: Seen): number | undefined {
    const last = this.#moments.at(-1)
    if (last !== undefined && isAtOdds(seen, last)) {
      this.#moments = []
      this.#floors.clear()
    }
    const newest = this.#moments.at(-1)
    if (newest === undefined || (seen.now >= newest.now + MOMENT_EACH_MS && seen.xmax >= newest.xmax)) {
      // During one long write, every second of the moments since then is enough.
      const kept = this.#moments.length < MOST_MOMENTS ? this.#moments : this.#moments.filter((_, n) => n % 2 === 0)
      this.#moments = [...kept, seen]
    }
    return this.#moments.findLast(({ xmax }) => xmax <= seen.xmin)?.now
  }
}

/** The place of a message in its window: when it is due, and its number among those of that time. */
export interface Place {
  readonly dueAt: number
  readonly seq: number
}

interface Floor {
  readonly place: Place
  readonly first: FirstLook
}

/** A look from the beginning, on which the floors of later ones are built. */
interface FirstLook {
  /** By a monotonic clock. */
  readonly until: number
}

export interface Look {
  readonly group: Group
  readonly from: Place
  /** Undefined: it is such a look itself. */
  readonly first: FirstLook | undefined
}

export function isBefore(one: Place, other: Place): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.seq < other.seq)
}

/** The database's clock was set back, or the database is an earlier one. */
function isAtOdds(seen: Seen, before: Seen): boolean {
  const [transactions, ms] = [seen.xmax - before.xmax, seen.now - before.now]
  return (transactions > 0 && ms < -AT_ODDS_MS) || (transactions < 0 && ms > AT_ODDS_MS)
}

function keyOf({ app, priority }: Group): string {
  return `${PRIORITIES.indexOf(priority)} ${app}`
}

const BEGINNING: Place = { dueAt: 0, seq: 0 }
const HELD_FOR_MS = 60_000
const MOMENT_EACH_MS = 50
const MOST_MOMENTS = 128
/** Answers of one moment come in any order. */
const AT_ODDS_MS = 500
const MOST_FLOORS = 20_000
