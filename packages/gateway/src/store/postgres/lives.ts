import { sql } from "kysely"
import { toPriority } from "../message-row.ts"
import type { MakeDueDeps } from "./make-due.ts"
import type { Tx } from "./transactions.ts"
import type { Group } from "./window-floors.ts"

/**
 * The end of a lifetime that is a length moves along when the clock of the database is set. Each node notices that by
 * itself, and gets the same figure, except for its error of measurement.
 */
export class Lives {
  readonly #deps: Pick<MakeDueDeps, "transactions" | "window">
  /**
   * The groups of messages that were locked here: windows that were filled meanwhile have passed over these messages.
   */
  #unfilled: readonly Group[] = []

  constructor(deps: Pick<MakeDueDeps, "transactions" | "window">) {
    this.#deps = deps
  }

  /** @param setByMs by how much the clock has been set in all */
  async move(setByMs: number): Promise<void> {
    const { transactions } = this.#deps
    await transactions.run((tx) =>
      sql`insert into wecom_push.meta (name, value) values ('clock_set', ${String(setByMs)})
        on conflict (name) do update set value = excluded.value`.execute(tx),
    )
    let after: Place | undefined = FIRST
    while (after !== undefined) {
      const from: Place = after
      const slice = await transactions.run((tx) => moveSlice(tx, setByMs, from))
      this.#unfilled = [...this.#unfilled, ...slice.groups]
      await this.#fill()
      after = slice.last
    }
  }

  /** Called after the commit, until which the messages are locked. After an error the next move fills the windows. */
  async #fill(): Promise<void> {
    const { transactions, window } = this.#deps
    if (this.#unfilled.length === 0) return
    await transactions.run((tx, after) => window.fill(tx, this.#unfilled, after))
    this.#unfilled = []
  }
}

interface Place {
  readonly expires_at: number
  readonly seq: number
}

interface Slice {
  /** Undefined: there are no more. */
  readonly last: Place | undefined
  /** The groups of the messages that were moved. */
  readonly groups: readonly Group[]
}

/**
 * Skips messages that are being changed at this moment: a worker adds what is missing, so that only the search for
 * expired messages finds them too early or too late.
 */
async function moveSlice(tx: Tx, setByMs: number, { expires_at: at, seq }: Place): Promise<Slice> {
  const { rows } = await sql<
    Place & { found: number; groups: readonly { app: string; priority: number }[] | null }
  >`with page as (
      select seq, expires_at from wecom_push.messages where state = 'open' and (expires_at, seq) > (${at}, ${seq})
      order by expires_at, seq limit ${ROWS_AT_ONCE}
    ), behind as (
      select seq from wecom_push.messages where seq in (select seq from page)
        and expiry_moves and abs(clock_set - ${setByMs}::bigint) >= ${SMALLEST_MS} order by seq for update skip locked
    ), moved as (
      update wecom_push.messages set expires_at = expires_at + ${setByMs}::bigint - clock_set,
        clock_set = ${setByMs}::bigint from behind where messages.seq = behind.seq
      returning app, priority
    )
    select expires_at, seq, (select count(*) from page) as found, (select json_agg(one) from (select distinct app, priority from moved) as one) as groups
    from page order by expires_at desc, seq desc limit 1`.execute(tx)
  const [last] = rows
  const groups = (last?.groups ?? []).map(({ app, priority }) => ({ app, priority: toPriority({ priority }) }))
  // Messages that come meanwhile already have the present time; if they counted, this could continue without an end.
  return { last: last === undefined || last.found < ROWS_AT_ONCE ? undefined : last, groups }
}

const FIRST: Place = { expires_at: -1, seq: -1 }
const ROWS_AT_ONCE = 500
/** Two nodes measure a jump to within some milliseconds of each other. */
const SMALLEST_MS = 500
