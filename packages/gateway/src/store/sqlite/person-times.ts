import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { PersonTimes, PersonTimesTaken, PersonTimesWish } from "../../model/ports/person-times.ts"
import type { Party } from "../../model/party.ts"
import type { Parties } from "./parties.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import { integer, text } from "../row.ts"

export class SqlitePersonTimes implements PersonTimes {
  readonly #commit: GroupCommit
  readonly #parties: Parties
  readonly #events: SqliteEvents
  readonly #row: StatementSync
  readonly #add: StatementSync
  readonly #names: StatementSync
  readonly #mark: Readonly<Record<"low" | "spent", StatementSync>>

  constructor(db: DatabaseSync, commit: GroupCommit, parties: Parties, events: SqliteEvents) {
    this.#commit = commit
    this.#parties = parties
    this.#events = events
    this.#row = db.prepare("select taken, told_low, told_spent from person_times where agent = ? and day = ?")
    this.#add = db.prepare(`insert into person_times (agent, day, taken) values (?1, ?2, max(?3, 0))
      on conflict do update set taken = max(taken + ?3, 0)`)
    this.#names = db.prepare("select name from apps where kind = ? and corp_id = ? and agent_id = ? order by name")
    this.#mark = {
      low: db.prepare("update person_times set told_low = 1 where agent = ? and day = ? and told_low = 0"),
      spent: db.prepare("update person_times set told_spent = 1 where agent = ? and day = ? and told_spent = 0"),
    }
  }

  take(wish: PersonTimesWish): Promise<PersonTimesTaken> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const { day, wanted, limit, lowFrom } = wish
        const id = this.#parties.idOf(wish.party, after)
        const before = this.#read(id, day)
        const granted = Math.max(0, Math.min(wanted, limit - before))
        this.#add.run(id, day, granted)
        const taken = before + granted
        if (granted < wanted && this.#report("spent", id, wish, taken, after)) return { granted, news: "spent" }
        if (taken >= lowFrom && this.#report("low", id, wish, taken, after)) return { granted, news: "low" }
        return { granted, news: undefined }
      },
    })
  }

  giveBack(party: Party, day: string, count: number): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        this.#add.run(this.#parties.idOf(party, after), day, -count)
      },
    })
  }

  taken(party: Party, day: string): Promise<number> {
    return Promise.try(() => {
      const id = this.#parties.find(party)
      return id === undefined ? 0 : this.#read(id, day)
    })
  }

  #read(id: number, day: string): number {
    const row = this.#row.get(id, day)
    return row === undefined ? 0 : integer(row, "taken")
  }

  /** @returns false when the event was written before */
  #report(
    news: "low" | "spent",
    id: number,
    { party, day, at }: PersonTimesWish,
    taken: number,
    after: AfterCommit,
  ): boolean {
    if (this.#mark[news].run(id, day).changes === 0) return false
    const data = { day, person_times: taken }
    for (const row of this.#names.all(party.kind, party.corpId, Number(party.partyId))) {
      this.#events.write({ at, type: `app.quota_${news}`, app: text(row, "name"), messageId: undefined, data }, after)
    }
    return true
  }
}
