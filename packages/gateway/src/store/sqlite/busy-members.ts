import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { BusyMember, BusyMembers, BusyMembersTold } from "../../model/ports/busy-members.ts"
import type { Parties } from "../cold/parties.ts"
import { query } from "../cold/work.ts"
import type { SqliteCold } from "./cold.ts"
import { toParty } from "../party-row.ts"
import { integer, text } from "../row.ts"

export class SqliteBusyMembers implements BusyMembers {
  readonly #cold: SqliteCold
  readonly #parties: Parties
  readonly #since: StatementSync
  readonly #completeFrom: number

  /** @param now members are reported from then on, if they never were before */
  constructor(db: DatabaseSync, cold: SqliteCold, parties: Parties, now: number) {
    this.#cold = cold
    this.#parties = parties
    this.#since = db.prepare(`select kind, corp_id, party_id, member, count, at
      from busy_members join parties on parties.id = agent where at >= ?`)
    db.prepare("insert into meta (name, value) values ('busy_members_from', ?) on conflict do nothing").run(now)
    const from = db.prepare("select value from meta where name = 'busy_members_from'").get() ?? {}
    this.#completeFrom = integer(from, "value")
  }

  note({ party, member, count, at }: BusyMember): Promise<void> {
    const parties = this.#parties
    return this.#cold.change("busy members", function* () {
      const id = yield* parties.idOf(party)
      yield* query`insert into busy_members (agent, member, count, at) values (${id}, ${member}, ${count}, ${at})
        on conflict do update set count = excluded.count, at = excluded.at`
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
