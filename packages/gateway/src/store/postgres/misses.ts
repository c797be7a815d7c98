import { sql } from "kysely"
import type { AskedNumbers, MissBudget, MissClaim, MissGrant } from "../../model/ports/misses.ts"
import { afterCrash, grantOf, heldMore, heldWithout, MISSED, shortOf } from "../miss-counts.ts"
import type { Held } from "../miss-counts.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import { leftToOthers, lineAfter } from "./miss-line.ts"
import type { WaitingNode } from "./miss-line.ts"
import { findAlive } from "./nodes.ts"
import { NOW } from "./time.ts"
import type { Transactions } from "./transactions.ts"

/** Counts what is being asked by node, so that it can be given back when that node is dead. */
export class PostgresMisses implements MissBudget {
  readonly #transactions: Transactions
  readonly #node: string
  /** Callers that wait for one row need no connection each. */
  readonly #locks = new LocalLocks()
  #lookedForDeadAt = -Infinity

  /** @param node its number */
  constructor(transactions: Transactions, node: number) {
    this.#transactions = transactions
    this.#node = String(node)
  }

  take(corpId: string, day: string, wanted: number, budget: number, claim = NO_CLAIM): Promise<MissGrant> {
    const wish = { corpId, day, wanted, budget, claim, rank: claim.rank ?? 0 }
    return this.#locks.run(`${day} ${corpId}`, async () => {
      // A row that stayed locked between reading and writing would block all nodes when this one is frozen in between.
      for (;;) {
        const row = await this.#read(wish)
        const found = await this.#withoutDead(row, wish)
        const grant = this.#grantOf(found, wish)
        const next = this.#taken(found, wish, grant)
        if (next === row || (await this.#write(wish, next))) return grant
      }
    })
  }

  async settle(corpId: string, day: string, { asked, missed, names = [] }: AskedNumbers): Promise<void> {
    const node = this.#node
    await this.#locks.run(`${day} ${corpId}`, () =>
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

  /** No more than the nodes waiting before it leave. */
  #grantOf(row: MissRow, { wanted, budget, claim, rank }: Wish): MissGrant {
    const count = { ...row, asking: sumOf(row.asking) }
    const left = leftToOthers(row.line, { node: this.#node, rank, claim, asking: row.asking })
    const granted = Math.max(0, grantOf(count, wanted + left, budget, claim).granted - left)
    return granted >= wanted ? { granted: wanted } : { granted, short: shortOf(count, budget, claim) }
  }

  /** @returns the same row when nothing has to be written */
  #taken(row: MissRow, { wanted, claim, rank }: Wish, { granted, short }: MissGrant): MissRow {
    const node = this.#node
    const own = row.line.find((one) => one.node === node && one.rank === rank)
    const isWaiting = short !== undefined && !short.isSpent
    const share = short?.share?.name
    const isTold = own !== undefined && own.until > row.at + KEPT_MS / 2 && own.share === share
    if (granted === 0 && (isWaiting ? isTold : own === undefined)) return row
    const waiting: WaitingNode | undefined = isWaiting
      ? { node, rank, wanted: wanted - granted, until: row.at + KEPT_MS, ...(share !== undefined && { share }) }
      : undefined
    const line = lineAfter(row.line, { node, rank }, waiting, granted)
    if (granted === 0) return { ...row, line }
    const asking = { ...row.asking, [node]: (row.asking[node] ?? 0) + granted }
    return { ...row, asking, held: heldMore(row.held, claim.names, node, granted), line }
  }

  /**
   * Checked only where it matters, and not at each question: the list of living nodes costs the whole server a moment.
   */
  async #withoutDead(row: MissRow, wish: Wish): Promise<MissRow> {
    const nodes = [...Object.keys(row.asking), ...row.line.map(({ node }) => node)]
    const others = nodes.filter((node) => node !== this.#node)
    const now = performance.now()
    if (others.length === 0 || this.#grantOf(row, wish).short === undefined) return row
    if (now - this.#lookedForDeadAt < LOOK_FOR_DEAD_EVERY_MS) return row
    this.#lookedForDeadAt = now
    const alive = await this.#transactions.read((db) => findAlive(db, others.map(Number)))
    const dead = new Set(others.filter((node) => !alive.has(Number(node))))
    if (dead.size === 0) return row
    const [ofAlive, ofDead] = [pick(row.asking, (node) => !dead.has(node)), pick(row.asking, (node) => dead.has(node))]
    const { back, missed } = afterCrash(sumOf(ofDead), row.givenBack, wish.budget)
    return {
      ...row,
      missed: row.missed + missed,
      asking: ofAlive,
      held: heldWithout(row.held, dead),
      line: row.line.filter(({ node }) => !dead.has(node)),
      givenBack: row.givenBack + back,
    }
  }

  async #read({ corpId, day }: Wish): Promise<MissRow> {
    const find = (): Promise<MissRow | undefined> =>
      this.#transactions.read(async (db) => {
        const { rows } = await sql<MissRow>`select missed, asking, held, given_back as "givenBack", line, ${NOW} as at,
            xmin::text as version
          from wecom_push.misses where corp_id = ${corpId} and day = ${day}`.execute(db)
        return rows[0]
      })
    let row = await find()
    while (row === undefined) {
      await this.#transactions.single((db) =>
        sql`insert into wecom_push.misses (corp_id, day) values (${corpId}, ${day}) on conflict do nothing`.execute(db),
      )
      row = await find()
    }
    const { at, line } = row
    return { ...row, line: line.filter(({ until }) => until > at) }
  }

  /** @returns false when it was changed meanwhile */
  #write({ corpId, day }: Wish, { missed, asking, held, givenBack, line, version }: MissRow): Promise<boolean> {
    return this.#transactions.single(async (db) => {
      const { numAffectedRows } = await sql`update wecom_push.misses set missed = ${missed},
          asking = ${JSON.stringify(asking)}::jsonb, held = ${JSON.stringify(held)}::jsonb, given_back = ${givenBack},
          line = ${JSON.stringify(line)}::jsonb
        where corp_id = ${corpId} and day = ${day} and xmin::text = ${version}`.execute(db)
      return numAffectedRows === 1n
    })
  }
}

interface Wish {
  readonly corpId: string
  readonly day: string
  readonly wanted: number
  readonly budget: number
  readonly claim: MissClaim
  readonly rank: number
}

type Asking = Readonly<Record<string, number>>

interface MissRow {
  readonly missed: number
  /** By node. */
  readonly asking: Asking
  readonly held: Held
  readonly givenBack: number
  readonly line: readonly WaitingNode[]
  /** By the database's time. */
  readonly at: number
  /** Differs after each change. */
  readonly version: string
}

const NO_CLAIM: MissClaim = { names: [], share: Infinity }
/** For a node that comes a little late. A dead node delays the others this long. */
const KEPT_MS = 1000
const LOOK_FOR_DEAD_EVERY_MS = 1000

function askingOf(asking: ReturnType<typeof sql>): ReturnType<typeof sql<number>> {
  return sql<number>`coalesce((select sum(value::bigint) from jsonb_each_text(${asking})), 0)::bigint`
}

function sumOf(asking: Asking): number {
  return Object.values(asking).reduce((sum, count) => sum + count, 0)
}

function pick(asking: Asking, isPicked: (node: string) => boolean): Asking {
  return Object.fromEntries(Object.entries(asking).filter(([node]) => isPicked(node)))
}
