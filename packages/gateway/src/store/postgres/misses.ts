import { sql } from "kysely"
import type { AskedNumbers, MissBudget, MissClaim, MissGrant } from "../../ports/misses.ts"
import { afterCrash, heldWithout, MISSED, shortOf } from "../miss-counts.ts"
import type { Held, MissesTaken } from "../miss-counts.ts"
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

  take(corpId: string, day: string, wanted: number, budget: number, claim = NO_CLAIM): Promise<MissGrant> {
    return this.#turns.run(`${day} ${corpId}`, async () => {
      const wish = { corpId, day, budget, claim }
      const grant = (more: number): Promise<Grant | undefined> =>
        this.#transactions.single((db) => this.#take(db, wish, more))
      let taken = await grant(wanted)
      if (taken === undefined) {
        await this.#transactions.single((db) =>
          sql`insert into wecom_push.misses (corp_id, day) values (${corpId}, ${day})
            on conflict do nothing`.execute(db),
        )
        taken = await grant(wanted)
      }
      // Looked for only where it matters: which nodes are alive costs the whole server a moment.
      if (taken === undefined || taken.granted >= wanted || !taken.others) return toGrant(taken, wish, wanted)
      const isMore = await this.#transactions.run((tx) => giveBackOfDead(tx, corpId, day, budget))
      if (!isMore) return toGrant(taken, wish, wanted)
      const rest = await grant(wanted - taken.granted)
      return toGrant(rest && { ...rest, granted: taken.granted + rest.granted }, wish, wanted)
    })
  }

  async settle(corpId: string, day: string, { asked, missed, names = [] }: AskedNumbers): Promise<void> {
    const node = this.#node
    await this.#turns.run(`${day} ${corpId}`, () =>
      this.#transactions.single((db) =>
        sql`insert into wecom_push.misses as count (corp_id, day, missed) values (${corpId}, ${day}, ${missed})
          on conflict (corp_id, day) do update set missed = count.missed + excluded.missed,
            asking = case when (count.asking->>${node}::text)::bigint > ${asked}::bigint
              then jsonb_set(count.asking, array[${node}::text], to_jsonb((count.asking->>${node}::text)::bigint - ${asked}::bigint))
              else count.asking - ${node}::text end,
            held = wecom_push.held_more(
              wecom_push.held_more(count.held, ${names}::text[], ${node}::text, ${-asked}::bigint),
              ${names}::text[], ${MISSED}::text, ${missed}::bigint)`.execute(db),
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
  async #take(db: Database, { corpId, day, budget, claim }: Wish, wanted: number): Promise<Grant | undefined> {
    const node = this.#node
    const { names } = claim
    const share = Math.min(claim.share, Number.MAX_SAFE_INTEGER)
    const { rows } = await sql<Grant>`with count as materialized (
        select missed, asking, held from wecom_push.misses where corp_id = ${corpId} and day = ${day} for update
      ), sums as materialized (
        select missed, asking, held, ${askingOf(sql`asking`)} as sum, wecom_push.most_held(held, ${names}::text[]) as most
        from count
      ), wish as materialized (
        select missed, asking, held, sum,
          greatest(0, least(${wanted}::float8, floor(${budget}::float8) - missed - sum,
            greatest(floor(${budget}::float8 / 2) - missed - sum, ${share}::float8 - most)))::bigint as granted
        from sums
      ), written as (
        update wecom_push.misses set asking = jsonb_set(wish.asking, array[${node}::text],
          to_jsonb(coalesce((wish.asking->>${node}::text)::bigint, 0) + wish.granted)),
          held = wecom_push.held_more(wish.held, ${names}::text[], ${node}::text, wish.granted)
        from wish where corp_id = ${corpId} and day = ${day} and wish.granted > 0
      )
      select granted, missed, sum as asking, held, asking - ${node}::text <> '{}' as others from wish`.execute(db)
    return rows[0]
  }
}

interface Wish {
  readonly corpId: string
  readonly day: string
  readonly budget: number
  readonly claim: MissClaim
}

/** What was taken is that of before. */
interface Grant extends MissesTaken {
  readonly granted: number
  /** Other nodes are asking, too. */
  readonly others: boolean
}

const NO_CLAIM: MissClaim = { names: [], share: Infinity }

function toGrant(taken: Grant | undefined, { budget, claim }: Wish, wanted: number): MissGrant {
  // The row is gone: its day has passed.
  if (taken === undefined) return { granted: 0, short: { isSpent: false } }
  const { granted } = taken
  return granted >= wanted ? { granted } : { granted, short: shortOf(taken, budget, claim) }
}

function askingOf(asking: ReturnType<typeof sql>): ReturnType<typeof sql<number>> {
  return sql<number>`coalesce((select sum(value::bigint) from jsonb_each_text(${asking})), 0)::bigint`
}

/** @returns whether anything was */
async function giveBackOfDead(tx: Tx, corpId: string, day: string, budget: number): Promise<boolean> {
  const { rows } = await sql<Count>`select asking, held, given_back as "givenBack" from wecom_push.misses
    where corp_id = ${corpId} and day = ${day} for update`.execute(tx)
  const { asking = {}, held = {}, givenBack = 0 } = rows[0] ?? {}
  const alive = await findAlive(tx, Object.keys(asking).map(Number))
  const entries = Object.entries(asking)
  const ofAlive = entries.filter(([node]) => alive.has(Number(node)))
  const ofDead = entries.filter(([node]) => !alive.has(Number(node))).reduce((sum, [, count]) => sum + count, 0)
  if (ofDead === 0) return false
  const dead = new Set(Object.keys(asking).filter((node) => !alive.has(Number(node))))
  const { back, missed } = afterCrash(ofDead, givenBack, budget)
  await sql`update wecom_push.misses set missed = missed + ${missed}, given_back = given_back + ${back},
      asking = ${JSON.stringify(Object.fromEntries(ofAlive))}::jsonb,
      held = ${JSON.stringify(heldWithout(held, dead))}::jsonb
    where corp_id = ${corpId} and day = ${day}`.execute(tx)
  return back > 0
}

interface Count {
  /** By node. */
  readonly asking: Readonly<Record<string, number>>
  readonly held: Held
  readonly givenBack: number
}
