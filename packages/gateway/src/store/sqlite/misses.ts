import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { MissBudget } from "../../ports/misses.ts"
import { afterCrash } from "../miss-counts.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer } from "../row.ts"

export class SqliteMisses implements MissBudget {
  readonly #commit: GroupCommit
  readonly #select: StatementSync
  readonly #write: StatementSync
  /** Corps and days of which this process knows what is being asked. */
  readonly #known = new Set<string>()

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#select = db.prepare("select missed, asking, given_back from misses where corp_id = ? and day = ?")
    this.#write = db.prepare(`insert into misses (corp_id, day, missed, asking, given_back) values (?, ?, ?, ?, ?)
      on conflict do update set missed = excluded.missed, asking = excluded.asking, given_back = excluded.given_back`)
  }

  take(corpId: string, day: string, wanted: number, budget: number): Promise<number> {
    return this.#change(corpId, day, (earlier) => {
      const count = this.#isFirst(corpId, day) ? withoutCrashed(earlier, budget) : earlier
      const granted = Math.max(0, Math.min(wanted, budget - count.missed - count.asking))
      return [{ ...count, asking: count.asking + granted }, granted]
    })
  }

  async settle(
    corpId: string,
    day: string,
    { asked, missed }: { readonly asked: number; readonly missed: number },
  ): Promise<void> {
    await this.#change(corpId, day, (count) => [
      { ...count, missed: count.missed + missed, asking: Math.max(0, count.asking - asked) },
      undefined,
    ])
  }

  taken(corpId: string, day: string): Promise<number> {
    return Promise.try(() => {
      const { missed, asking } = this.#read(corpId, day)
      return missed + asking
    })
  }

  /** One process at a time has the file, so that what another left behind is met once. */
  #isFirst(corpId: string, day: string): boolean {
    const key = `${day} ${corpId}`
    if (this.#known.has(key)) return false
    // Days pass; more than those of two are not asked about.
    for (const other of this.#known) if (!other.startsWith(day)) this.#known.delete(other)
    this.#known.add(key)
    return true
  }

  #change<T>(corpId: string, day: string, change: (count: Count) => readonly [Count, T]): Promise<T> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const [{ missed, asking, givenBack }, answer] = change(this.#read(corpId, day))
        this.#write.run(corpId, day, missed, asking, givenBack)
        return answer
      },
    })
  }

  #read(corpId: string, day: string): Count {
    const row = this.#select.get(corpId, day)
    if (row === undefined) return { missed: 0, asking: 0, givenBack: 0 }
    return { missed: integer(row, "missed"), asking: integer(row, "asking"), givenBack: integer(row, "given_back") }
  }
}

interface Count {
  readonly missed: number
  /** Taken and not settled. */
  readonly asking: number
  /** After crashes, this day. */
  readonly givenBack: number
}

function withoutCrashed({ missed, asking, givenBack }: Count, budget: number): Count {
  const crashed = afterCrash(asking, givenBack, budget)
  return { missed: missed + crashed.missed, asking: 0, givenBack: givenBack + crashed.back }
}
