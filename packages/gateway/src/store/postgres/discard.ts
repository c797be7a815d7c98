import { sql } from "kysely"
import { findAlive } from "./nodes.ts"
import type { Transactions, Tx } from "./transactions.ts"

/**
 * Removes the rows of messages that are to disappear: half-written ones of dead nodes, and expired ones. A message
 * disappears at once; its rows are deleted slice by slice, by any node.
 */
export class Discard {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  /**
   * Removes messages that were finished before a time, the longest finished first. A message that is being changed at
   * this moment stays.
   * @returns how many were removed
   */
  finished(before: number, limit: number): Promise<number> {
    return this.#transactions.single(async (db) => {
      const { numAffectedRows = 0n } = await sql`with old as (
          select seq from wecom_push.messages where finished_at < ${before} and state <> 'open'
          order by finished_at limit ${limit} for update skip locked
        ), gone as (
          delete from wecom_push.messages using old where messages.seq = old.seq returning messages.seq
        )
        insert into wecom_push.staging (message) select seq from gone`.execute(db)
      return Number(numAffectedRows)
    })
  }

  /** Deletes the remaining rows of at most `limit` messages. @returns how many messages there were */
  async remains(limit: number): Promise<number> {
    const seqs = await this.#leftBehind(limit)
    while (await this.#transactions.run((tx) => deleteSlice(tx, seqs)));
    return seqs.length
  }

  /** The half-written or removed messages that no living node writes. */
  #leftBehind(limit: number): Promise<readonly number[]> {
    return this.#transactions.read(async (db) => {
      // The table has no more rows than messages that are being written, or were not completely deleted.
      const { rows: writers } = await sql<{ node: number }>`select distinct node from wecom_push.staging
        where node is not null`.execute(db)
      const nodes = writers.map(({ node }) => node)
      const alive = await findAlive(db, nodes)
      const dead = nodes.filter((node) => !alive.has(node))
      const { rows } = await sql<{ message: number }>`select message from wecom_push.staging
        where node is null or node = any(${dead}::integer[]) order by message limit ${limit}`.execute(db)
      return rows.map(({ message }) => message)
    })
  }
}

/**
 * Deletes rows of messages that no other transaction deletes or writes at this moment.
 * @returns whether there may be more of them
 */
async function deleteSlice(tx: Tx, seqs: readonly number[]): Promise<boolean> {
  if (seqs.length === 0) return false
  const { rows } = await sql<{ message: number }>`select message from wecom_push.staging
    where message = any(${seqs}::bigint[]) order by message limit ${MESSAGES_PER_SLICE}
    for update skip locked`.execute(tx)
  const held = rows.map(({ message }) => message)
  if (held.length === 0) return false
  let budget = ROWS_PER_SLICE
  for (const table of ["chunks", "calls", "attempts", "media_uses"]) {
    const name = sql.table(`wecom_push.${table}`)
    const { numAffectedRows = 0n } = await sql`delete from ${name} where ctid = any(array(
        select ctid from ${name} where message = any(${held}::bigint[]) limit ${budget}
      ))`.execute(tx)
    budget -= Number(numAffectedRows)
    if (budget === 0) return true
  }
  await sql`delete from wecom_push.staging where message = any(${held}::bigint[])`.execute(tx)
  return true
}

const MESSAGES_PER_SLICE = 500
/** A statement that deletes more rows delays the statements that wait for one of them. */
const ROWS_PER_SLICE = 5000
