import { sql } from "kysely"
import type { MissBudget } from "../../ports/misses.ts"
import { afterCrash } from "../miss-counts.ts"
import { Turns } from "../turns.ts"
import type { Database } from "./connection.ts"
import { findAlive } from "./nodes.ts"
import type { Transactions, Tx } from "./transactions.ts"

/** What is being asked is kept by node, so that it can be given back when that node is dead. */
export class PostgresMisses implements MissBudget {
  readonly #transactions: Transactions
  readonly #node: string
  /** Those who wait for one row need no connection each. */
  readonly #turns = new Turns()

  /** @param node its number */
  constructor(transactions: Transactions, node: number) {
    this.#transactions = transactions
    this.#node = String(node)
  }

  take(corpId: string, day: string, wanted: number, budget: number): Promise<number> {
    return this.#turns.run(`${day} ${corpId}`, async () => {
      const grant = (): Promise<Grant | undefined> =>
        this.#transactions.single((db) => this.#take(db, corpId, day, wanted, budget))
      let taken = await grant()
      if (taken === undefined) {
        await this.#transactions.single((db) =>
          sql`insert into wecom_push.misses (corp_id, day) values (${corpId}, ${day})
            on conflict do nothing`.execute(db),
        )
        taken = await grant()
      }
      const { granted = 0, others = false } = taken ?? {}
      // Looked for only where it matters: which nodes are alive costs the whole server a moment.
      if (granted >= wanted || !others) return granted
      const isMore = await this.#transactions.run((tx) => giveBackOfDead(tx, corpId, day, budget))
      if (!isMore) return granted
      const rest = await this.#transactions.single((db) => this.#take(db, corpId, day, wanted - granted, budget))
      return granted + (rest?.granted ?? 0)
    })
  }

  async settle(
    corpId: string,
    day: string,
    { asked, missed }: { readonly asked: number; readonly missed: number },
  ): Promise<void> {
    const node = this.#node
    await this.#turns.run(`${day} ${corpId}`, () =>
      this.#transactions.single((db) =>
        sql`insert into wecom_push.misses as count (corp_id, day, missed) values (${corpId}, ${day}, ${missed})
          on conflict (corp_id, day) do update set missed = count.missed + excluded.missed,
            asking = case when (count.asking->>${node}::text)::bigint > ${asked}::bigint
              then jsonb_set(count.asking, array[${node}::text], to_jsonb((count.asking->>${node}::text)::bigint - ${asked}::bigint))
              else count.asking - ${node}::text end`.execute(db),
      ),
    )
  }

  async taken(corpId: string, day: string): Promise<number> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ taken: number }>`select missed + ${askingOf(sql`asking`)} as taken from wecom_push.misses
        where corp_id = ${corpId} and day = ${day}`.execute(db),
    )
    return rows[0]?.taken ?? 0
  }

  /** In one statement, on a row that it locks first. @returns undefined when there is no row yet */
  async #take(db: Database, corpId: string, day: string, wanted: number, budget: number): Promise<Grant | undefined> {
    const node = this.#node
    const { rows } = await sql<Grant>`with count as materialized (
        select missed, asking from wecom_push.misses where corp_id = ${corpId} and day = ${day} for update
      ), wish as materialized (
        select asking, asking - ${node}::text <> '{}' as others, greatest(0, least(${wanted}::float8,
          floor(${budget}::float8) - missed - ${askingOf(sql`asking`)}))::bigint as granted
        from count
      ), written as (
        update wecom_push.misses set asking = jsonb_set(wish.asking, array[${node}::text],
          to_jsonb(coalesce((wish.asking->>${node}::text)::bigint, 0) + wish.granted))
        from wish where corp_id = ${corpId} and day = ${day} and wish.granted > 0
      )
      select granted, others from wish`.execute(db)
    return rows[0]
  }
}

interface Grant {
  readonly granted: number
  /** Other nodes are asking, too. */
  readonly others: boolean
}

function askingOf(asking: ReturnType<typeof sql>): ReturnType<typeof sql<number>> {
  return sql<number>`coalesce((select sum(value::bigint) from jsonb_each_text(${asking})), 0)::bigint`
}

/** @returns whether anything was */
async function giveBackOfDead(tx: Tx, corpId: string, day: string, budget: number): Promise<boolean> {
  const { rows } = await sql<Count>`select asking, given_back as "givenBack" from wecom_push.misses
    where corp_id = ${corpId} and day = ${day} for update`.execute(tx)
  const { asking = {}, givenBack = 0 } = rows[0] ?? {}
  const alive = await findAlive(tx, Object.keys(asking).map(Number))
  const entries = Object.entries(asking)
  const ofAlive = entries.filter(([node]) => alive.has(Number(node)))
  const ofDead = entries.filter(([node]) => !alive.has(Number(node))).reduce((sum, [, count]) => sum + count, 0)
  if (ofDead === 0) return false
  const { back, missed } = afterCrash(ofDead, givenBack, budget)
  await sql`update wecom_push.misses set missed = missed + ${missed}, given_back = given_back + ${back},
      asking = ${JSON.stringify(Object.fromEntries(ofAlive))}::jsonb
    where corp_id = ${corpId} and day = ${day}`.execute(tx)
  return back > 0
}

interface Count {
  /** By node. */
  readonly asking: Readonly<Record<string, number>>
  readonly givenBack: number
}
