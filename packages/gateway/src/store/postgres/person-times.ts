import { sql } from "kysely"
import { partyKey } from "../../model/party.ts"
import type { Party } from "../../model/party.ts"
import type { PersonTimes, PersonTimesTaken, PersonTimesWish } from "../../model/ports/person-times.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import { isParty } from "./parties.ts"
import type { Parties } from "./parties.ts"
import type { Database } from "./connection.ts"
import type { PostgresEvents } from "./events.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"

export class PostgresPersonTimes implements PersonTimes {
  readonly #transactions: Transactions
  readonly #parties: Parties
  readonly #events: PostgresEvents
  /** Callers that wait for one row need no connection each. */
  readonly #locks = new LocalLocks()

  constructor(transactions: Transactions, parties: Parties, events: PostgresEvents) {
    this.#transactions = transactions
    this.#parties = parties
    this.#events = events
  }

  take(wish: PersonTimesWish): Promise<PersonTimesTaken> {
    return this.#locks.run(partyKey(wish.party), async () => {
      const quiet = await this.#transactions.single((db) => take(db, wish, "without news"))
      if (quiet !== undefined && quiet.news === null) return { granted: quiet.granted, news: undefined }
      return this.#transactions.run((tx, after) => this.#takeAndTell(tx, wish, after))
    })
  }

  async giveBack(party: Party, day: string, count: number): Promise<void> {
    await this.#locks.run(partyKey(party), () =>
      this.#transactions.single((db) =>
        sql`update wecom_push.person_times set taken = greatest(taken - ${count}, 0) where ${isOf(party, day)}`.execute(
          db,
        ),
      ),
    )
  }

  async taken(party: Party, day: string): Promise<number> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ taken: number }>`select taken from wecom_push.person_times where ${isOf(party, day)}`.execute(db),
    )
    return rows[0]?.taken ?? 0
  }

  async #takeAndTell(tx: Tx, wish: PersonTimesWish, after: AfterCommit): Promise<PersonTimesTaken> {
    const { party, day, at } = wish
    const id = await this.#parties.idOf(tx, party, after)
    await sql`insert into wecom_push.person_times (agent, day) values (${id}, ${day}) on conflict do nothing`.execute(
      tx,
    )
    const { granted = 0, taken = 0, news = null } = (await take(tx, wish, "with news")) ?? {}
    if (news === null) return { granted, news: undefined }
    const { rows } = await sql<{ name: string }>`select name from wecom_push.apps
      where kind = ${party.kind} and corp_id = ${party.corpId} and agent_id = ${Number(party.partyId)} order by name`.execute(
      tx,
    )
    const data = { day, person_times: taken }
    this.#events.write(
      tx,
      rows.map(({ name }) => ({ at, type: `app.quota_${news}`, app: name, messageId: undefined, data })),
      after,
    )
    return { granted, news }
  }
}

interface Taken {
  readonly granted: number
  /** Including these. */
  readonly taken: number
  readonly news: "low" | "spent" | null
}

/**
 * In one statement, which locks the row first.
 * @param news false: takes nothing when there would be an event, which belongs to the same transaction
 * @returns undefined when there is no row yet
 */
async function take(
  db: Database,
  { party, day, wanted, limit, lowFrom }: PersonTimesWish,
  news: "with news" | "without news",
): Promise<Taken | undefined> {
  const { rows } = await sql<Taken>`with before as materialized (
      select taken, told_low, told_spent, greatest(0, least(${wanted}::float8, floor(${limit}::float8) - taken))::bigint as granted
      from wecom_push.person_times where ${isOf(party, day)} for update
    ), wish as materialized (
      select granted, taken + granted as taken, case
        when granted < ${wanted} and not told_spent then 'spent'
        when taken + granted >= ${lowFrom}::float8 and not told_low then 'low'
      end as news
      from before
    ), written as (
      update wecom_push.person_times set taken = wish.taken,
        told_low = told_low or news is not distinct from 'low',
        told_spent = told_spent or news is not distinct from 'spent'
      from wish where ${isOf(party, day)} and (news is null or ${news === "with news"})
    )
    select granted, taken, news from wish`.execute(db)
  return rows[0]
}

function isOf(party: Party, day: string): ReturnType<typeof sql> {
  return sql`agent = (select id from wecom_push.agents where ${isParty(party)}) and day = ${day}`
}
