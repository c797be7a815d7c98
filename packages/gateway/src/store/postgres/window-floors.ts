import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import { DUE_BACK_MS } from "./due-time.ts"

/** Messages of an app with one priority: what the jobs of a window are of. */
export interface Group {
  readonly app: string
  readonly priority: Priority
}

/** What a statement has seen, and when. */
export interface Seen {
  /** The database's time at which it began. */
  readonly now: number
  /** Each transaction with a lower number had ended. */
  readonly xmin: number
  /** Each transaction that began to write later has this number or a higher one. */
  readonly xmax: number
}

/**
 * From which place on the messages of a group have to be looked through: before it none waits and none has a job. A look
 * from the beginning passes all that is done and that the database cannot forget yet, because a backup or a long query
 * holds an old snapshot.
 *
 * A floor is what one look has found, and holds for each later one. What a transaction writes that the look did not see is
 * due no earlier than `DUE_BACK_MS` before that transaction began to write, or than the same message was before
 * (`due-time.ts`). So a floor is never above the moment after which all began that were under way at the look.
 *
 * It belongs to this process, and ends after a minute: what was written by a clock that was set back, or by hand, is found
 * then. It is taken over after the commit alone, since a look sees the changes of its own transaction.
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
   * After the commit of the transaction that has looked.
   * @param found the first that is there; undefined: there was none
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
    // What began at a floor that was forgotten meanwhile says nothing of what is below it.
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
      // While one transaction goes on writing for long, every second one of the moments since then will do.
      const kept = this.#moments.length < MOST_MOMENTS ? this.#moments : this.#moments.filter((_, n) => n % 2 === 0)
      this.#moments = [...kept, seen]
    }
    return this.#moments.findLast(({ xmax }) => xmax <= seen.xmin)?.now
  }
}

/** Of a message in its window: when it is due, and among those that are then its number. */
export interface Place {
  readonly dueAt: number
  readonly seq: number
}

interface Floor {
  readonly place: Place
  readonly first: FirstLook
}

/** A look from the beginning, on which the floors that later ones have found are built. */
interface FirstLook {
  /** By a clock that cannot be set. */
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

/** The database's clock was set back, or the database is as it was earlier. */
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
