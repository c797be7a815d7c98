import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { BusyMember, BusyMembers, BusyMembersTold } from "../../model/ports/busy-members.ts"
import type { Parties } from "./parties.ts"
import type { GroupCommit } from "./group-commit.ts"
import { toParty } from "../party-row.ts"
import { integer, text } from "../row.ts"

export class SqliteBusyMembers implements BusyMembers {
  readonly #commit: GroupCommit
  readonly #parties: Parties
  readonly #note: StatementSync
  readonly #since: StatementSync
  readonly #completeFrom: number

  /** @param now members are reported from then on, if they never were before */
  constructor(db: DatabaseSync, commit: GroupCommit, parties: Parties, now: number) {
    this.#commit = commit
    this.#parties = parties
    this.#note = db.prepare(`insert into busy_members (agent, member, count, at) values (?1, ?2, ?3, ?4)
      on conflict do update set count = ?3, at = ?4`)
    this.#since = db.prepare(`select kind, corp_id, party_id, member, count, at
      from busy_members join parties on parties.id = agent where at >= ?`)
    db.prepare("insert into meta (name, value) values ('busy_members_from', ?) on conflict do nothing").run(now)
    const from = db.prepare("select value from meta where name = 'busy_members_from'").get() ?? {}
    this.#completeFrom = integer(from, "value")
  }

  note({ party, member, count, at }: BusyMember): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        this.#note.run(this.#parties.idOf(party, after), member, count, at)
      },
    })
  }

  since(at: number): Promise<BusyMembersTold> {
    return Promise.try(() => ({
      completeFrom: this.#completeFrom,
      members: this.#since.all(at).map((row) => ({
        party: toParty(row),
        member: text(row, "member"),
        count: integer(row, "count"),
        at: integer(row, "at"),
      })),
    }))
  }
}
