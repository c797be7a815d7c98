import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { PersonTimes, PersonTimesTaken, PersonTimesWish } from "../../ports/person-times.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import { integer } from "./row.ts"

export class SqlitePersonTimes implements PersonTimes {
  readonly #commit: GroupCommit
  readonly #events: SqliteEvents
  readonly #row: StatementSync
  readonly #add: StatementSync
  readonly #told: Readonly<Record<"low" | "spent", StatementSync>>

  constructor(db: DatabaseSync, commit: GroupCommit, events: SqliteEvents) {
    this.#commit = commit
    this.#events = events
    this.#row = db.prepare("select taken, told_low, told_spent from person_times where app = ? and day = ?")
    this.#add = db.prepare(`insert into person_times (app, day, taken) values (?1, ?2, max(?3, 0))
      on conflict do update set taken = max(taken + ?3, 0)`)
    this.#told = {
      low: db.prepare("update person_times set told_low = 1 where app = ? and day = ? and told_low = 0"),
      spent: db.prepare("update person_times set told_spent = 1 where app = ? and day = ? and told_spent = 0"),
    }
  }

  take(wish: PersonTimesWish): Promise<PersonTimesTaken> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const { app, day, wanted, limit, lowFrom } = wish
        const before = this.#read(app, day)
        const granted = Math.max(0, Math.min(wanted, limit - before))
        this.#add.run(app, day, granted)
        const taken = before + granted
        if (granted < wanted && this.#tell("spent", wish, taken, after)) return { granted, news: "spent" }
        if (taken >= lowFrom && this.#tell("low", wish, taken, after)) return { granted, news: "low" }
        return { granted, news: undefined }
      },
    })
  }

  giveBack(app: string, day: string, count: number): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        this.#add.run(app, day, -count)
      },
    })
  }

  taken(app: string, day: string): Promise<number> {
    return Promise.try(() => this.#read(app, day))
  }

  #read(app: string, day: string): number {
    const row = this.#row.get(app, day)
    return row === undefined ? 0 : integer(row, "taken")
  }

  /** @returns false when it was told before */
  #tell(news: "low" | "spent", { app, day, at }: PersonTimesWish, taken: number, after: AfterCommit): boolean {
    if (this.#told[news].run(app, day).changes === 0) return false
    const data = { day, person_times: taken }
    this.#events.write({ at, type: `app.quota_${news}`, app, messageId: undefined, data }, after)
    return true
  }
}
