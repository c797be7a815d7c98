import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { partyKey } from "../../model/party.ts"
import type { Party } from "../../model/party.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { SharedWindows, WindowHold, WindowsTaken, WindowWish } from "../../model/ports/shared-counts.ts"
import type { Parties } from "../cold/parties.ts"
import { perform } from "./cold.ts"
import { Batcher } from "./batcher.ts"
import { MemberHold } from "./member-hold.ts"
import type { Move } from "./member-hold.ts"
import { LeftMemberTimes } from "./left-members.ts"
import { givePlaces } from "./member-queues.ts"
import type { QueueWish } from "./member-queues.ts"
import { NOW } from "./time.ts"
import type { Transactions } from "./transactions.ts"

interface NumberedWish extends WindowWish {
  readonly partyNumber: number
}

interface Counted {
  readonly hold: MemberHold
  readonly turnedAway: readonly string[]
}

interface PlacesGiven {
  readonly waitMs: ReadonlyMap<string, number>
}

/**
 * Members' windows as all nodes see them. For each call the latest moment at which it can have reached a member is
 * stored, so that after the death of a node too much counts, and never too little. The moment is removed where a call
 * did not go out, and corrected where a window is a quarter full: for other windows it hardly matters, and a call to a
 * thousand costs one statement.
 */
export class PostgresMemberWindows implements SharedWindows, AsyncDisposable {
  readonly #transactions: Transactions
  readonly #parties: Parties
  readonly #numbers = new Map<string, Promise<number>>()
  readonly #small = new Batcher<NumberedWish, Counted>({
    perform: (wishes) => this.#count(wishes, ROOM),
    mostAtOnce: 100,
    mostUnderWay: 2,
  })
  /** Other calls do not wait for the rows of a thousand. */
  readonly #large = new Batcher<NumberedWish, Counted>({
    perform: (wishes) => this.#count(wishes, ROOM),
    mostAtOnce: 1,
    mostUnderWay: 2,
  })
  readonly #forced = new Batcher<NumberedWish, Counted>({
    perform: (wishes) => this.#count(wishes, WHATEVER_THERE_IS),
    mostAtOnce: 100,
    mostUnderWay: 1,
  })
  readonly #turns = new Batcher<QueueWish, PlacesGiven>({
    perform: (wishes) => this.#transactions.run((tx) => givePlaces(tx, wishes)),
    mostAtOnce: 100,
    mostUnderWay: 1,
  })
  readonly #moves = new Batcher<Move, { readonly at: number }>({
    perform: (moves) => this.#move(moves),
    mostAtOnce: 200,
    mostUnderWay: 1,
  })
  readonly #holds = new Set<MemberHold>()
  readonly #left = new LeftMemberTimes(now)
  #keeping: NodeJS.Timeout | undefined

  constructor(transactions: Transactions, parties: Parties) {
    this.#transactions = transactions
    this.#parties = parties
  }

  async take(wish: WindowWish): Promise<WindowsTaken> {
    const numbered = { ...wish, partyNumber: await this.#numberOf(wish.party) }
    const batcher = wish.members.length > LARGE ? this.#large : this.#small
    const { hold, turnedAway } = await batcher.submit(numbered)
    if (turnedAway.length === 0) return { hold, waitMs: NO_WAIT }
    await this.#putRight(() => this.#left.take(numbered.partyNumber, turnedAway))
    const { waitMs } = await this.#turns.submit({ wish: numbered, members: turnedAway })
    return { hold, waitMs }
  }

  waitedFor(party: Party, member: string): void {
    void this.#putRight(async () => this.#left.take(await this.#numberOf(party), [member]))
  }

  async force(wish: WindowWish): Promise<WindowHold> {
    const { hold } = await this.#forced.submit({ ...wish, partyNumber: await this.#numberOf(wish.party) })
    return hold
  }

  /** Holds are no longer renewed; existing ones count until their time is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#keeping)
    this.#holds.clear()
  }

  #numberOf(party: Party): Promise<number> {
    const key = partyKey(party)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#transactions.run((tx, after) => perform(tx, this.#parties.idOf(party), after))
    this.#numbers.set(key, number)
    // The next wish reads it again.
    void number.catch(() => this.#numbers.delete(key))
    return number
  }

  async #count(wishes: readonly NumberedWish[], room: RawBuilder<number>): Promise<readonly Counted[]> {
    const askedAt = now()
    const wanted = gather(wishes)
    const statement = countIn(room, wishes, [...wanted.values()])
    const { at, told } = await this.#transactions.single((db) => statement.execute(db).then(first))
    const counted = wishes.map(() => ({ matters: new Set<string>(), turnedAway: new Set<string>() }))
    for (const { agent, member, granted, matters } of told ?? []) {
      const askers = wanted.get(`${agent} ${member}`)?.wishes ?? []
      // High priority goes first where there is not room for all.
      const inTurn = askers.toSorted((one, other) => (wishes[one]?.rank ?? 0) - (wishes[other]?.rank ?? 0))
      for (const index of inTurn.slice(granted)) counted[index]?.turnedAway.add(member)
      if (matters) for (const index of inTurn.slice(0, granted)) counted[index]?.matters.add(member)
    }
    return wishes.map(({ partyNumber, members }, index): Counted => {
      const { matters = new Set<string>(), turnedAway = new Set<string>() } = counted[index] ?? {}
      const held = turnedAway.size === 0 ? members : members.filter((member) => !turnedAway.has(member))
      const hold = new MemberHold(this.#moves, { agent: partyNumber, members: held, matters, at, askedAt, now })
      if (held.length > 0) this.#keep(hold)
      return { hold, turnedAway: [...turnedAway] }
    })
  }

  async #move(moves: readonly Move[]): Promise<readonly { readonly at: number }[]> {
    const { at } = await this.#transactions.single((db) => moveSends(moves).execute(db).then(first))
    return moves.map(() => ({ at }))
  }

  async #putRight(find: () => readonly Move[] | Promise<readonly Move[]>): Promise<void> {
    try {
      const moves = await find()
      await Promise.all(moves.map((move) => this.#moves.submit(move)))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      // They count for longer than necessary.
    }
  }

  /** Renews it until it has ended. */
  #keep(hold: MemberHold): void {
    this.#holds.add(hold)
    hold.onSplit = (part) => this.#keep(part)
    hold.onEnd = () => this.#holds.delete(hold)
    hold.onLeft = (left) => void this.#putRight(() => this.#left.add(left))
    this.#keeping ??= setInterval(() => this.#keepAll(), KEEP_EVERY_MS).unref()
  }

  #keepAll(): void {
    for (const hold of this.#holds) hold.keep()
    if (this.#holds.size > 0) return
    clearInterval(this.#keeping)
    this.#keeping = undefined
  }
}

function now(): number {
  return performance.now()
}

const NO_WAIT: ReadonlyMap<string, number> = new Map()
const LARGE = 200
const KEEP_EVERY_MS = 4000

interface CountedIn {
  readonly at: number
  readonly told: readonly Told[] | null
}

/** Members without room for all that asked, or whose window is a quarter full. */
interface Told {
  readonly agent: number
  readonly member: string
  readonly granted: number
  readonly matters: boolean
}

function first<T>({ rows }: { readonly rows: readonly T[] }): T {
  const [row] = rows
  if (row === undefined) throw new Error("a row was expected")
  return row
}

interface Wanted {
  readonly agent: number
  readonly member: string
  /** By their index. */
  readonly wishes: number[]
}

/** Each member of a party once. */
function gather(wishes: readonly NumberedWish[]): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  for (const [index, { partyNumber: agent, members }] of wishes.entries()) {
    for (const member of members) {
      const key = `${agent} ${member}`
      const known = wanted.get(key)
      if (known === undefined) wanted.set(key, { agent, member, wishes: [index] })
      else known.wishes.push(index)
    }
  }
  return wanted
}

/**
 * Times are ordered, so that those later than a moment are counted without reading each. New ones go to the end: no
 * time is later than the one that this statement writes. Its commit need not wait for the disk, since the call that it
 * is for is stored after it, and waits.
 */
function countIn(
  room: RawBuilder<number>,
  wishes: readonly NumberedWish[],
  rows: readonly Wanted[],
): RawBuilder<CountedIn> {
  const rules = new Map(wishes.map((wish) => [wish.partyNumber, wish]))
  const limits = [...rules.values()]
  const most = room === ROOM ? sql`least(wanted, per_minute, per_hour)` : sql`wanted`
  return sql<CountedIn>`with time as materialized (
      select ${NOW} as at, set_config('synchronous_commit', 'off', true)
    ), wish as materialized (
      select agent, member collate "C" as member, wanted, ${most} as most, per_minute, per_hour
      from unnest(${rows.map(({ agent }) => agent)}::integer[], ${rows.map(({ member }) => member)}::text[],
        ${rows.map((row) => row.wishes.length)}::integer[]) as wish(agent, member, wanted)
      join unnest(${limits.map(({ partyNumber }) => partyNumber)}::integer[],
        ${limits.map(({ memberPerMinute }) => memberPerMinute)}::integer[],
        ${limits.map(({ memberPerHour }) => memberPerHour)}::integer[])
        as rule(agent, per_minute, per_hour) using (agent)
    ), taken as (
      insert into wecom_push.member_windows as known (agent, member, sends, granted, per_minute, per_hour)
      select agent, member, array_fill(at + ${HOLD}, array[most]), most, per_minute, per_hour from wish, time
      where most > 0 order by agent, member
      on conflict (agent, member) do update
      set granted = ${room}, per_minute = excluded.per_minute, per_hour = excluded.per_hour,
        sends = known.sends[width_bucket(excluded.sends[1] - ${KEPT}, known.sends) + 1 :] || excluded.sends[1 : ${room}]
      where ${room} > 0
      returning agent, member, granted,
        coalesce((cardinality(sends) - width_bucket((select at from time) - 60000, sends)) * 4 >= per_minute, false)
        or coalesce((cardinality(sends) - width_bucket((select at from time) - 3600000, sends)) * 4 >= per_hour, false)
        as matters
    )
    select (select at from time) as at, (select json_agg(row) from (
      select wish.agent, wish.member, coalesce(granted, 0) as granted, coalesce(matters, false) as matters
      from wish left join taken using (agent, member) where granted is null or granted < wanted or matters
    ) as row) as told`
}

/** A call that begins now has reached no member later than this, unless its hold is renewed. */
const HOLD_MS = MemberHold.LASTS_MS
const HOLD = sql.raw(`${HOLD_MS}::bigint`)
/** A statement that waited for another's lock reads an hour that began earlier. */
const KEPT = sql.raw(`${HOLD_MS + 3_600_000 + 60_000}::bigint`)

const ofLast = (windowMs: number): string =>
  `(cardinality(known.sends) - width_bucket(excluded.sends[1] - ${HOLD_MS + windowMs}::bigint, known.sends))`

/** How many of the wanted ones have room. No limit is null, which `least` ignores. */
const ROOM = sql.raw<number>(
  `least(excluded.granted, excluded.per_minute - ${ofLast(60_000)}, excluded.per_hour - ${ofLast(3_600_000)})`,
)
const WHATEVER_THERE_IS = sql.raw<number>("excluded.granted")

function moveSends(moves: readonly Move[]): RawBuilder<{ readonly at: number }> {
  const changes = new Map<string, { agent: number; member: string; gone: number[]; ages: number[] }>()
  for (const { agent, members, from, agoMs } of moves) {
    for (const member of members) {
      const key = `${agent} ${member}`
      const change = changes.get(key) ?? { agent, member, gone: [], ages: [] }
      change.gone.push(from)
      if (agoMs !== undefined) change.ages.push(agoMs < 0 ? agoMs : Math.floor(agoMs) - ROUNDING_MS)
      changes.set(key, change)
    }
  }
  // A renewed hold must not be lost with the server: the call that it is for is stored already.
  const durably = moves.some(({ agoMs }) => agoMs !== undefined && agoMs < 0)
  return sql<{ at: number }>`with time as materialized (
      select ${NOW} as at, ${durably ? sql`null` : sql`set_config('synchronous_commit', 'off', true)`}
    ), held as materialized (
      select known.agent, known.member, sends, gone, ages
      from json_to_recordset(${JSON.stringify([...changes.values()])}::json)
        as change(agent integer, member text, gone bigint[], ages bigint[])
      join wecom_push.member_windows as known on known.agent = change.agent and known.member = change.member
      order by known.agent, known.member for update of known
    ), moved as (
      update wecom_push.member_windows as known set sends = array(
        select send from (
          select send from (
            select send, row_number() over (partition by send) as nth from unnest(held.sends) as send
          ) as numbered where nth > (select count(*) from unnest(gone) as one where one = send)
          union all select (select at from time) - age from unnest(ages) as age
        ) as kept order by send)
      from held where known.agent = held.agent and known.member = held.member
    )
    select at from time`
}

/** The error of counting in milliseconds by two clocks. */
const ROUNDING_MS = 2
