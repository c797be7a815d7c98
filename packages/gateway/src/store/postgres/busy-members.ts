import { sql } from "kysely"
import type { BusyMember, BusyMembers, BusyMembersTold } from "../../model/ports/busy-members.ts"
import { toParty } from "../party-row.ts"
import { integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import { PARTY_ID } from "./parties.ts"
import type { Parties } from "./parties.ts"
import type { Transactions } from "./transactions.ts"

export class PostgresBusyMembers implements BusyMembers {
  readonly #transactions: Transactions
  readonly #parties: Parties
  readonly #completeFrom: number

  /** @param now members are reported from then on, if they never were before */
  static async open(transactions: Transactions, parties: Parties, now: number): Promise<PostgresBusyMembers> {
    const completeFrom = await transactions.run(async (tx) => {
      await sql`insert into wecom_push.meta (name, value) values ('busy_members_from', ${String(now)})
        on conflict do nothing`.execute(tx)
      const { rows } = await sql<Row>`select value from wecom_push.meta where name = 'busy_members_from'`.execute(tx)
      return Number(text(rows[0] ?? {}, "value"))
    })
    return new PostgresBusyMembers(transactions, parties, completeFrom)
  }

  private constructor(transactions: Transactions, parties: Parties, completeFrom: number) {
    this.#transactions = transactions
    this.#parties = parties
    this.#completeFrom = completeFrom
  }

  note({ party, member, count, at }: BusyMember): Promise<void> {
    return this.#transactions.run(async (tx, after) => {
      const id = await this.#parties.idOf(tx, party, after)
      await sql`insert into wecom_push.busy_members (agent, member, count, at)
        values (${id}, ${member}, ${count}, ${at})
        on conflict (agent, member) do update set count = excluded.count, at = excluded.at`.execute(tx)
    })
  }

  async since(at: number): Promise<BusyMembersTold> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select kind, corp_id, ${sql.raw(PARTY_ID)} as party_id, member, count, at
        from wecom_push.busy_members join wecom_push.agents on agents.id = agent where at >= ${at}`.execute(db),
    )
    return {
      completeFrom: this.#completeFrom,
      members: rows.map((row) => ({
        party: toParty(row),
        member: text(row, "member"),
        count: integer(row, "count"),
        at: integer(row, "at"),
      })),
    }
  }
}
