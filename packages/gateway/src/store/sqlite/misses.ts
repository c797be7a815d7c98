import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { AskedNumbers, MissBudget, MissClaim, MissGrant } from "../../model/ports/misses.ts"
import { afterCrash, grantOf, heldMissed, heldMore, MISSED } from "../miss-counts.ts"
import type { MissesTaken } from "../miss-counts.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, parseOwn, text } from "../row.ts"

export class SqliteMisses implements MissBudget {
  readonly #commit: GroupCommit
  readonly #select: StatementSync
  readonly #write: StatementSync
  /** Corps and days for which this process knows what is being asked. */
  readonly #known = new Set<string>()

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#select = db.prepare("select missed, asking, given_back, held from misses where corp_id = ? and day = ?")
    this.#write = db.prepare(`insert into misses (corp_id, day, missed, asking, given_back, held)
      values (?, ?, ?, ?, ?, ?) on conflict do update set missed = excluded.missed, asking = excluded.asking,
      given_back = excluded.given_back, held = excluded.held`)
  }

  take(corpId: string, day: string, wanted: number, budget: number, claim = NO_CLAIM): Promise<MissGrant> {
    return this.#change(corpId, day, (earlier) => {
      const isFirst = this.#isFirst(corpId, day)
      const count = isFirst ? withoutCrashed(earlier, budget) : earlier
      const grant = grantOf(count, wanted, budget, claim)
      // A waiting caller asks again and again: each question would otherwise be a write.
      if (grant.granted === 0 && !isFirst) return [undefined, grant]
      const held = heldMore(count.held, claim.names, ASKING, grant.granted)
      return [{ ...count, asking: count.asking + grant.granted, held }, grant]
    })
  }

  async settle(corpId: string, day: string, { asked, missed, names = [] }: AskedNumbers): Promise<void> {
    await this.#change(corpId, day, (count) => {
      const held = heldMore(heldMore(count.held, names, ASKING, -asked), names, MISSED, missed)
      return [{ ...count, missed: count.missed + missed, asking: Math.max(0, count.asking - asked), held }, undefined]
    })
  }

  taken(corpId: string, day: string): Promise<number> {
    return Promise.try(() => {
      const { missed, asking } = this.#read(corpId, day)
      return missed + asking
    })
  }

  /** One process at a time has the file, so that the leftovers of another are handled once. */
  #isFirst(corpId: string, day: string): boolean {
    const key = `${day} ${corpId}`
    if (this.#known.has(key)) return false
    // Only two days are ever asked about.
    for (const other of this.#known) if (!other.startsWith(day)) this.#known.delete(other)
    this.#known.add(key)
    return true
  }

  /** @param change undefined: it stays as it is */
  #change<T>(corpId: string, day: string, change: (count: Count) => readonly [Count | undefined, T]): Promise<T> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const [count, answer] = change(this.#read(corpId, day))
        if (count !== undefined) {
          const { missed, asking, givenBack, held } = count
          this.#write.run(corpId, day, missed, asking, givenBack, JSON.stringify(held))
        }
        return answer
      },
    })
  }

  #read(corpId: string, day: string): Count {
    const row = this.#select.get(corpId, day)
    if (row === undefined) return { missed: 0, asking: 0, givenBack: 0, held: {} }
    return {
      missed: integer(row, "missed"),
      asking: integer(row, "asking"),
      givenBack: integer(row, "given_back"),
      held: parseOwn(text(row, "held")),
    }
  }
}

/** There is only one process. */
const ASKING = "0"
const NO_CLAIM: MissClaim = { names: [], share: Infinity }

interface Count extends MissesTaken {
  /** How many numbers were given back after crashes on this day. */
  readonly givenBack: number
}

function withoutCrashed({ missed, asking, givenBack, held }: Count, budget: number): Count {
  const crashed = afterCrash(asking, givenBack, budget)
  const back = { asking: 0, givenBack: givenBack + crashed.back, held: heldMissed(held) }
  return { missed: missed + crashed.missed, ...back }
}
