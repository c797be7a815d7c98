import { sql } from "kysely"
import type { Transactions, Tx } from "./transactions.ts"

/**
 * The end of a lifetime that is a length moves along when the clock of the database is set. Each node notices that by
 * itself, and gets the same figure, except for its error of measurement.
 */
export class Lives {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  /** @param setByMs by how much the clock has been set in all */
  async move(setByMs: number): Promise<void> {
    await this.#transactions.run((tx) =>
      sql`insert into wecom_push.meta (name, value) values ('clock_set', ${String(setByMs)})
        on conflict (name) do update set value = excluded.value`.execute(tx),
    )
    let after: Place | undefined = FIRST
    while (after !== undefined) {
      const from: Place = after
      after = await this.#transactions.run((tx) => moveSlice(tx, setByMs, from))
    }
  }
}

interface Place {
  readonly expires_at: number
  readonly seq: number
}

/**
 * Skips messages that are being changed at this moment: a worker adds what is missing, so that only the search for
 * expired messages finds them too early or too late.
 */
async function moveSlice(tx: Tx, setByMs: number, { expires_at: at, seq }: Place): Promise<Place | undefined> {
  const { rows } = await sql<Place>`with page as (
      select seq, expires_at from wecom_push.messages where state = 'open' and (expires_at, seq) > (${at}, ${seq})
      order by expires_at, seq limit ${ROWS_AT_ONCE}
    ), behind as (
      select seq from wecom_push.messages where seq in (select seq from page)
        and expiry_moves and abs(clock_set - ${setByMs}::bigint) >= ${SMALLEST_MS} order by seq for update skip locked
    ), moved as (
      update wecom_push.messages set expires_at = expires_at + ${setByMs}::bigint - clock_set,
        clock_set = ${setByMs}::bigint from behind where messages.seq = behind.seq
    )
    select expires_at, seq from page order by expires_at desc, seq desc limit 1`.execute(tx)
  return rows[0]
}

const FIRST: Place = { expires_at: -1, seq: -1 }
const ROWS_AT_ONCE = 500
/** Two nodes measure a jump to within some milliseconds of each other. */
const SMALLEST_MS = 500
