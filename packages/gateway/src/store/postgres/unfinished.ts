import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import type { UnfinishedView } from "../../model/ports/reader.ts"
import { LOCKS } from "./locks.ts"
import { ALIVE } from "./nodes.ts"
import type { Transactions } from "./transactions.ts"

/** A message that became unfinished, or no longer is. */
export interface UnfinishedChange {
  readonly app: string
  readonly keyId: string
  readonly priority: Priority
  readonly by: 1 | -1
}

/**
 * Writes the changes, for a transaction that holds the lock of the events: their numbers are then in the order of
 * commits, and a sum misses none.
 */
export function insertUnfinished(changes: readonly UnfinishedChange[]): RawBuilder<unknown> {
  const rows = JSON.stringify(summed(changes))
  return sql`insert into wecom_push.unfinished_changes (app, key_id, priority, by)
    select app, key_id, priority, by
    from json_to_recordset(${rows}::json) as change(app text, key_id text, priority smallint, by integer)`
}

/** The unfinished messages of all nodes, by app, key and priority. */
export const UNFINISHED = sql`select app, key_id, priority, sum(count)::bigint as unfinished from (
    select app, key_id, priority, count from wecom_push.unfinished
    union all select app, key_id, priority, by from wecom_push.unfinished_changes
    where seq > (select summed_to from wecom_push.unfinished_extent)
  ) as all_changes group by app, key_id, priority having sum(count) > 0`

/** The number of unfinished messages, from the changes of messages: no query counts messages. */
export class Unfinished {
  readonly #transactions: Transactions
  #isSumming = false

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  async byHolder(): Promise<readonly UnfinishedView[]> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ app: string; keyId: string; count: number; changes: number }>`
        select app, key_id as "keyId", sum(unfinished)::bigint as count, (
          select count(*) from wecom_push.unfinished_changes
          where seq > (select summed_to from wecom_push.unfinished_extent)
        ) as changes
        from (${UNFINISHED}) as groups group by app, key_id`.execute(db),
    )
    if ((rows[0]?.changes ?? 0) > MOST_CHANGES) await this.sumUp()
    return rows.map(({ app, keyId, count }) => ({ app, keyId, count }))
  }

  /** Sums the changes up, unless another transaction is doing it already. */
  async sumUp(): Promise<void> {
    if (this.#isSumming) return
    this.#isSumming = true
    try {
      await this.#transactions.single((db) => SUM_UP.execute(db))
    } finally {
      this.#isSumming = false
    }
  }

  /** Also for a database that no one queries. Deletes empty groups. */
  async tidy(): Promise<void> {
    await this.sumUp()
    await this.#transactions.single((db) => sql`delete from wecom_push.unfinished where count = 0`.execute(db))
  }

  /**
   * Compares the stored numbers with the messages, and corrects them: after a move, and after gateways of an older
   * version, which write none. While one of those is alive the next start compares again.
   */
  async makeCertain(): Promise<void> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ isCertain: boolean }>`select is_certain as "isCertain" from wecom_push.unfinished_extent`.execute(db),
    )
    if (rows[0]?.isCertain === true) return
    await this.#transactions.run(async (tx) => {
      const { rows: different } = await sql`${DIFFERENCE} limit 1`.execute(tx)
      if (different.length > 0) {
        await sql`select pg_advisory_xact_lock(${LOCKS.events})`.execute(tx)
        await sql`insert into wecom_push.unfinished_changes (app, key_id, priority, by) ${DIFFERENCE}`.execute(tx)
      }
      await sql`update wecom_push.unfinished_extent set is_certain = true where not exists (
        select from wecom_push.nodes join (${ALIVE}) as alive on alive.node = nodes.number where not counts_unfinished
      )`.execute(tx)
    })
  }
}

const SUM_UP = sql`with extent as materialized (
    select summed_to from wecom_push.unfinished_extent for update skip locked
  ), taken as (
    delete from wecom_push.unfinished_changes using extent where seq > summed_to
    returning seq, app, key_id, priority, by
  ), written as (
    insert into wecom_push.unfinished as before (app, key_id, priority, count)
    select app, key_id, priority, sum(by) from taken group by app, key_id, priority having sum(by) <> 0
    order by app collate "C", key_id collate "C", priority
    on conflict (app, key_id, priority) do update set count = before.count + excluded.count
  )
  update wecom_push.unfinished_extent set summed_to = (select max(seq) from taken)
  where exists (select from taken)`

/** The difference between the messages and the stored numbers. */
const DIFFERENCE = sql`select app, key_id, priority, sum(count)::integer as by from (
    select app, key_id, priority, count(*) from wecom_push.messages where state = 'open' group by app, key_id, priority
    union all select app, key_id, priority, -count from wecom_push.unfinished
    union all select app, key_id, priority, -by from wecom_push.unfinished_changes
    where seq > (select summed_to from wecom_push.unfinished_extent)
  ) as difference group by app, key_id, priority having sum(count) <> 0`

function summed(changes: readonly UnfinishedChange[]): readonly object[] {
  const groups = new Map<string, { app: string; key_id: string; priority: number; by: number }>()
  for (const { app, keyId, priority, by } of changes) {
    const key = JSON.stringify([app, keyId, priority])
    const group = groups.get(key)
    if (group !== undefined) group.by += by
    else groups.set(key, { app, key_id: keyId, priority: PRIORITIES.indexOf(priority), by })
  }
  return [...groups.values()].filter(({ by }) => by !== 0)
}

const MOST_CHANGES = 1000
