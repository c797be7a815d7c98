import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import type { OutboxStore } from "../../model/ports/outbox.ts"
import { MOVE_MARK, parseMark } from "../move/move-mark.ts"
import { parkMessage } from "../park-message.ts"
import { NODE_LOCKS } from "./locks.ts"
import { noteLostEvents } from "./note-lost-events.ts"
import { refusals } from "./refusals.ts"
import { NOW } from "./time.ts"
import type { Transactions, Tx } from "./transactions.ts"

/** Which unfinished messages to park in a database that has gone back to an earlier moment. */
export interface ToPark {
  /** Messages accepted later are known to be new; undefined: all are parked. */
  readonly acceptedUntil: number | undefined
}

/**
 * Records that the database is a restored one, and that its unfinished messages have to be parked. No other gateway
 * starts meanwhile.
 * @param wanted at this start; parking is also done when an earlier start was interrupted in the middle of it
 * @returns what to park
 * @throws {StartRefusal} `locked` when a gateway works on the database: it may have sent some messages by now
 */
export async function beginAfterRestore(
  transactions: Transactions,
  wanted: boolean,
  database: string,
): Promise<ToPark | undefined> {
  const begun = await metaIn(transactions, PARKING)
  if (!wanted && begun === undefined) return undefined
  // A working node has noticed the restore and recorded the rest. Other nodes may be alive, and start anew like this
  // one.
  if (!wanted && begun !== undefined && begun !== ALL) return { acceptedUntil: Number(begun) }
  // A gateway that has just stopped remains visible for a moment.
  for (let tries = 0; await isAnyAlive(transactions); tries++) {
    if (tries === MOST_TRIES) throw refusals.restoredInUse(database)
    await sleep(PAUSE_MS)
  }
  await transactions.run(async (tx) => {
    await beginParking(tx)
    await noteLostEvents(tx)
  })
  return { acceptedUntil: undefined }
}

/** @param acceptedUntil messages accepted later are not parked; undefined: all are */
export async function beginParking(tx: Tx, acceptedUntil?: number): Promise<void> {
  await sql`insert into wecom_push.meta (name, value)
    values ('restored_at', ${NOW}::text), (${PARKING}, ${acceptedUntil === undefined ? ALL : String(acceptedUntil)})
    on conflict (name) do update set value = excluded.value`.execute(tx)
}

/** @returns when the database was last restored; it does not know what was sent since its backup */
export async function restoredAt(transactions: Transactions): Promise<number | undefined> {
  const at = await metaIn(transactions, "restored_at")
  return at === undefined ? undefined : Number(at)
}

/**
 * Parks every unfinished message that was due by now. Messages scheduled for later cannot have gone out and stay as
 * they are. Ends the database's role as the source of a move.
 * @returns how many messages
 */
export async function parkUnfinished(
  transactions: Transactions,
  outbox: OutboxStore,
  { acceptedUntil = Number.MAX_SAFE_INTEGER }: ToPark,
  now: number,
): Promise<number> {
  let parked = 0
  for (let [expiresAt, seq] = [-1, -1]; ;) {
    const { rows } = await transactions.read((db) =>
      sql<UnfinishedRow>`select seq, id, chunk_count, expires_at,
          array(select number from wecom_push.calls where message = seq and not final) as open_calls
        from wecom_push.messages where state = 'open' and (send_at <= ${now} or send_at = accepted_at) and (expires_at, seq) > (${expiresAt}, ${seq})
          and accepted_at <= ${acceptedUntil}
        order by expires_at, seq limit ${PARKED_AT_ONCE}`.execute(db),
    )
    const last = rows.at(-1)
    if (last === undefined) break
    ;({ expires_at: expiresAt, seq } = last)
    await Promise.all(
      rows.map((row) =>
        parkMessage(outbox, { id: row.id, chunkCount: row.chunk_count, openCalls: row.open_calls }, now),
      ),
    )
    parked += rows.length
  }
  const mark = await metaIn(transactions, MOVE_MARK)
  const isSource = mark !== undefined && parseMark(mark).role === "source"
  await transactions.single((db) =>
    sql`delete from wecom_push.meta where name = ${PARKING} or (${isSource} and name = ${MOVE_MARK})`.execute(db),
  )
  return parked
}

async function isAnyAlive(transactions: Transactions): Promise<boolean> {
  const { rows } = await transactions.read((db) =>
    sql`select from pg_locks where locktype = 'advisory' and classid = ${NODE_LOCKS}::bigint::oid and objsubid = 2
      and granted and database = (select oid from pg_database where datname = current_database()) limit 1`.execute(db),
  )
  return rows.length > 0
}

interface UnfinishedRow {
  readonly seq: number
  readonly id: string
  readonly chunk_count: number
  readonly expires_at: number
  readonly open_calls: readonly number[]
}

async function metaIn(transactions: Transactions, name: string): Promise<string | undefined> {
  const { rows } = await transactions.read((db) =>
    sql<{ value: string }>`select value from wecom_push.meta where name = ${name}`.execute(db),
  )
  return rows[0]?.value
}

const PARKING = "parking"
/** Means every message that was due. */
const ALL = ""
/** How many messages share a transaction. */
const PARKED_AT_ONCE = 200
const MOST_TRIES = 20
const PAUSE_MS = 100
