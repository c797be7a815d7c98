import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { MissBudget } from "../../core/ports/misses.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer } from "./row.ts"

export class SqliteMisses implements MissBudget {
  readonly #commit: GroupCommit
  readonly #taken: StatementSync
  readonly #add: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#taken = db.prepare("select taken from misses where corp_id = ? and day = ?")
    this.#add = db.prepare(`insert into misses (corp_id, day, taken) values (?1, ?2, max(?3, 0))
      on conflict do update set taken = max(taken + ?3, 0)`)
  }

  take(corpId: string, day: string, wanted: number, budget: number): Promise<number> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const granted = Math.max(0, Math.min(wanted, budget - this.#read(corpId, day)))
        if (granted > 0) this.#add.run(corpId, day, granted)
        return granted
      },
    })
  }

  giveBack(corpId: string, day: string, count: number): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        this.#add.run(corpId, day, -count)
      },
    })
  }

  taken(corpId: string, day: string): Promise<number> {
    return Promise.try(() => this.#read(corpId, day))
  }

  #read(corpId: string, day: string): number {
    const row = this.#taken.get(corpId, day)
    return row === undefined ? 0 : integer(row, "taken")
  }
}
