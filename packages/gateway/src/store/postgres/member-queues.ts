import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { roomAt, roomRules } from "../../model/room.ts"
import type { WindowWish } from "../../model/ports/shared-counts.ts"
import { NOW } from "./time.ts"
import type { Tx } from "./transactions.ts"

export interface QueueWish {
  readonly wish: WindowWish & { readonly partyNumber: number }
  /** Members without room. */
  readonly members: readonly string[]
}

interface Window {
  readonly sends: readonly number[]
  readonly at: number
}

interface Ahead {
  readonly place: number
  readonly count: number
  /** The message has asked before. */
  readonly is_held: boolean
}

interface Asked {
  readonly agent: number
  readonly member: string
  readonly message: string
  readonly rank: number
}

/**
 * When messages without room are due again: one after another, and high priority before the others. A place belongs to
 * a message: one that asks again is behind only those that are due before it, and a finished message has none.
 * @returns how long each of the members is waited for, for each wish
 */
export async function givePlaces(
  tx: Tx,
  wishes: readonly QueueWish[],
): Promise<readonly { readonly waitMs: ReadonlyMap<string, number> }[]> {
  const inTurn = [...wishes.entries()].toSorted(([, one], [, other]) => one.wish.rank - other.wish.rank)
  const asked = inTurn.flatMap(([index, { wish, members }]) =>
    members.map((member) => ({
      index,
      wish,
      asked: { agent: wish.partyNumber, member, message: wish.owner, rank: wish.rank },
    })),
  )
  const rows = asked.map((one) => one.asked)
  const windows = await lockWindows(tx, rows)
  const ahead = await findAhead(tx, rows)
  const given = wishes.map(() => new Map<string, number>())
  const turns = new Map<string, Asked & { readonly at: number }>()
  /** For each member, the ranks of the messages that ask for it now for the first time. */
  const joined = new Map<string, number[]>()
  for (const [place, one] of asked.entries()) {
    const { agent, member, rank, message } = one.asked
    const key = `${agent} ${member}`
    const window = windows.get(key) ?? { sends: [], at: 0 }
    const { count = 0, is_held: isHeld = false } = ahead.get(place) ?? {}
    const before = joined.get(key) ?? []
    const newcomers = isHeld ? 0 : before.filter((other) => other <= rank).length
    // There was no room a moment ago: now there may be.
    const at = (roomAt(roomRules(one.wish), window.sends, count + newcomers, window.at) ?? window.at) + ROUNDING_MS
    if (!isHeld) joined.set(key, [...before, rank])
    given[one.index]?.set(member, at - window.at)
    turns.set(`${message} ${key}`, { agent, member, message, rank, at })
  }
  await writePlaces(tx, [...turns.values()])
  return given.map((waitMs) => ({ waitMs }))
}

/** Places of one member are given one after another. */
async function lockWindows(tx: Tx, rows: readonly Asked[]): Promise<ReadonlyMap<string, Window>> {
  const { rows: found } = await sql<Window & { agent: number; member: string }>`
    select known.agent, known.member, sends, ${NOW} as at
    from (select distinct agent, member from json_to_recordset(${JSON.stringify(rows)}::json)
      as asked(agent integer, member text)) as asked
    join wecom_push.member_windows as known on known.agent = asked.agent and known.member = asked.member
    order by known.agent, known.member for update of known`.execute(tx)
  return new Map(found.map(({ agent, member, ...window }) => [`${agent} ${member}`, window]))
}

/** Messages that have not asked before are behind all: they are counted once for each member and rank. */
async function findAhead(tx: Tx, rows: readonly Asked[]): Promise<ReadonlyMap<number, Ahead>> {
  const placed = rows.map((row, place) => ({ place, ...row }))
  const { rows: found } = await sql<Ahead>`with asked as materialized (
      select place, asked.agent, asked.member collate "C" as member, asked.rank, held.at as held_at
      from json_to_recordset(${JSON.stringify(placed)}::json)
        as asked(place integer, agent integer, member text, message text, rank smallint)
      left join wecom_push.member_turns as held on held.message = asked.message
        and held.agent = asked.agent and held.member = asked.member
    ), places as (
      select distinct agent, member, rank, held_at from asked
    ), counted as (
      select places.*, (
        select count(*) from wecom_push.member_turns as turn
        where turn.agent = places.agent and turn.member = places.member and turn.rank <= places.rank
          and turn.at > ${NOW} - ${ON_THEIR_WAY_MS}::bigint and (held_at is null or turn.at < held_at)
      )::integer as count from places
    )
    select place, count, asked.held_at is not null as is_held
    from asked join counted using (agent, member, rank)
    where asked.held_at is not distinct from counted.held_at`.execute(tx)
  return new Map(found.map((one) => [one.place, one]))
}

async function writePlaces(tx: Tx, turns: readonly (Asked & { readonly at: number })[]): Promise<void> {
  await sql`insert into wecom_push.member_turns (message, agent, member, rank, at)
    select message, agent, member, rank, at from json_to_recordset(${JSON.stringify(turns)}::json)
      as turn(message text, agent integer, member text, rank smallint, at bigint) order by message, agent, member
    on conflict (message, agent, member) do update set rank = excluded.rank, at = excluded.at`.execute(tx)
}

/** The beginning of a statement that finishes messages: they no longer wait for room. */
export function leavingQueues(messages: readonly string[]): RawBuilder<unknown> {
  if (messages.length === 0) return sql``
  return sql`with ended as (delete from wecom_push.member_turns where message = any(${messages}::text[]))`
}

/** The error of counting in milliseconds by two clocks. */
const ROUNDING_MS = 2
/** How long a due place is kept for a message that has not asked yet. */
const ON_THEIR_WAY_MS = 2000
