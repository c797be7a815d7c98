import { setImmediate as immediate } from "node:timers/promises"
import { crc32 } from "node:zlib"
import { sql } from "kysely"
import { PositionSet } from "../../model/compact/position-set.ts"
import type { BriefCall, CallRef, CallStart, FrozenCall, NewCall, StartedCall } from "../../model/ports/outbox.ts"
import { isLarge } from "../../model/large-text.ts"
import { chunkOf, positionAt, slotOf } from "../../model/recipients.ts"
import type { RecipientPosition } from "../../model/recipients.ts"
import { packPositions, unpackPositions } from "../pack-positions.ts"
import { integer, optionalInteger, optionalText } from "../row.ts"
import type { Row } from "../row.ts"
import { storedKind } from "../call-kind.ts"
import type { Parties } from "../cold/parties.ts"
import { perform } from "./cold.ts"
import { Batcher } from "./batcher.ts"
import { bodyKey, keepBodies, keepBodiesOn } from "./bodies.ts"
import type { SentBody, WantedBody } from "./bodies.ts"
import { BRIEF_CALL, toBriefCall } from "../brief-call.ts"
import { IN_FLIGHT_BY, toFrozenCall } from "./call-row.ts"
import { readChunks } from "./chunk-rows.ts"
import type { Claims, HeldClaim, TurnFence } from "./claims.ts"
import type { Database } from "./connection.ts"
import { lockMessages } from "./locked-messages.ts"
import type { LockedMessage } from "./locked-messages.ts"
import { findAlive } from "./nodes.ts"
import type { Session } from "./session.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"

export interface CallsDeps {
  readonly transactions: Transactions
  readonly parties: Parties
  readonly claims: Claims
  readonly fence: TurnFence
  /** The node begins no call without its session, since other nodes then take over its messages. */
  readonly session: Pick<Session, "isHeld">
  /** Number of this node. */
  readonly node: number
  /** When the database was last restored. */
  readonly restoredAt: number | undefined
}

interface Freezing {
  readonly start: CallStart
  readonly frozen: NewCall
  readonly held: HeldClaim
  /** The messages that share the call, in the order of its shares. */
  readonly sharers: readonly HeldClaim[]
  readonly agent: number
}

/** Calls: their frozen bytes, and the start of each attempt. */
export class Calls {
  readonly #deps: CallsDeps
  readonly #batcher: Batcher<readonly CallStart[], readonly StartedCall[]>

  constructor(deps: CallsDeps) {
    this.#deps = deps
    this.#batcher = new Batcher({
      perform: (items) => deps.transactions.run((tx, after) => this.#beginAll(tx, items, after), "begin"),
      mostAtOnce: MOST_AT_ONCE,
      mostUnderWay: MOST_UNDER_WAY,
    })
  }

  begin(starts: readonly CallStart[]): Promise<readonly StartedCall[]> {
    return this.#batcher.submit(starts)
  }

  openCallsInBrief(messageId: string): Promise<readonly BriefCall[]> {
    return this.#deps.transactions.read(async (db) => {
      const { rows } = await sql<Row>`select ${sql.raw(BRIEF_CALL)}, ${sql.raw(IN_FLIGHT_BY)} from wecom_push.calls
        where message = (select seq from wecom_push.messages where id = ${messageId}) and not final
        order by number`.execute(db)
      return rows.map((row) => toBriefCall(row))
    })
  }

  openCalls(messageId: string, number?: number): Promise<readonly FrozenCall[]> {
    return this.#deps.transactions.read(async (db) => {
      const { rows } = await sql<Row>`select calls.* from wecom_push.calls
        join wecom_push.messages on messages.seq = calls.message
        where messages.id = ${messageId} and not final
          and ${number === undefined ? sql`true` : sql`number = ${number}`} order by number`.execute(db)
      return this.#toFrozen(
        db,
        rows.map((row) => ({ messageId, row })),
      )
    })
  }

  async #toFrozen(
    db: Database,
    calls: readonly { readonly messageId: string; readonly row: Row }[],
  ): Promise<FrozenCall[]> {
    const { node, claims } = this.#deps
    const nodes = calls.flatMap(({ row }) => optionalInteger(row, "flight") ?? [])
    const others = [...new Set(nodes)].filter((one) => one !== node)
    const alive = new Set(await findAlive(db, others)).add(node)
    const own = new Set([node])
    const shares = await findShares(
      db,
      calls.map(({ row }) => placeOf(row)),
    )
    const hosts = await findHosts(
      db,
      calls.flatMap(({ row }) => optionalInteger(row, "host") ?? []),
    )
    return calls.map(({ messageId, row }) => {
      const host = optionalInteger(row, "host")
      const hostId = host === undefined ? undefined : hosts.get(host)
      return toFrozenCall(row, {
        messageId,
        // For a message that this node works on, other nodes count as dead: one that has lost this turn hangs, and its
        // attempts count as cut off.
        alive: claims.has(messageId) ? own : alive,
        shares: shares.get(keyOf(placeOf(row))) ?? [],
        partOf: hostId === undefined ? undefined : { messageId: hostId, number: integer(row, "host_number") },
      })
    })
  }

  async #beginAll(
    tx: Tx,
    items: readonly (readonly CallStart[])[],
    after: AfterCommit,
  ): Promise<readonly (readonly StartedCall[])[]> {
    const { claims, fence, session } = this.#deps
    if (!session.isHeld) return items.map(() => [])
    const starts = items.flat()
    const wanted = starts.flatMap((start) => [start, ...(start.frozen?.shares ?? [])])
    const helds = new Set(wanted.flatMap(({ messageId, claim }) => claims.holding(messageId, claim) ?? []))
    const messages = await lockMessages(
      tx,
      [...helds].map(({ id }) => id),
    )
    const kept = await fence.keep(tx, [...helds])
    const holding = ({ messageId, claim }: { messageId: string; claim: number }): HeldClaim | undefined => {
      const held = claims.holding(messageId, claim)
      return held !== undefined && kept.has(held) && messages.has(messageId) ? held : undefined
    }
    const frozen = await this.#freezeAll(tx, starts, { messages, holding }, after)
    const repeated = await this.#repeatAll(tx, starts, holding)
    return items.map((ofItem) => ofItem.flatMap((start) => frozen.get(start) ?? repeated.get(start) ?? []))
  }

  async #freezeAll(
    tx: Tx,
    starts: readonly CallStart[],
    { messages, holding }: Holdings,
    after: AfterCommit,
  ): Promise<ReadonlyMap<CallStart, StartedCall>> {
    const freezing: Freezing[] = []
    for (const start of starts) {
      const held = holding(start)
      if (start.frozen === undefined || held === undefined) continue
      const sharers = (start.frozen.shares ?? []).flatMap((share) => holding(share) ?? [])
      if (sharers.length < (start.frozen.shares ?? []).length) continue
      const agent = await perform(tx, this.#deps.parties.idOf(start.frozen.party), after)
      freezing.push({ start, frozen: start.frozen, held, sharers, agent })
    }
    const beginning = await stillPending(tx, await notYetThere(tx, freezing), messages)
    const earlier = await keepAll(tx, beginning)
    const rows: object[] = []
    const started = new Map<CallStart, StartedCall>()
    for (const call of beginning) {
      const { start, frozen } = call
      const { messageId, number } = start
      const before = earlier.get(start)
      const isGuarded = before !== undefined || this.#mayHaveForgotten(frozen.guard, start.startedAt)
      const goesUnchecked = isGuarded && frozen.guard?.bodyWithoutCheck !== undefined
      const body = (goesUnchecked ? frozen.guard?.bodyWithoutCheck : undefined) ?? frozen.body
      const checkSeconds = goesUnchecked ? null : frozen.checkSeconds
      rows.push(...toCallRows(call, body, checkSeconds, this.#deps.node))
      started.set(start, {
        messageId,
        number,
        attempt: 1,
        body,
        checkSeconds,
        ...(before !== undefined && { earlier: before }),
      })
    }
    // The checksums of megabytes have taken as long as writing them will, so other work goes first.
    if (isLarge([...started.values()].map(({ body }) => body))) await immediate()
    await insertCalls(tx, rows)
    return started
  }

  /** An equal body may have gone out between the backup and the restore: WeCom's check would then drop this call. */
  #mayHaveForgotten(guard: NewCall["guard"], at: number): boolean {
    const { restoredAt } = this.#deps
    return guard !== undefined && restoredAt !== undefined && restoredAt > at - guard.windowMs
  }

  async #repeatAll(
    tx: Tx,
    starts: readonly CallStart[],
    holding: Holdings["holding"],
  ): Promise<ReadonlyMap<CallStart, StartedCall>> {
    const started = new Map<CallStart, StartedCall>()
    for (const start of starts) {
      const held = start.frozen === undefined ? holding(start) : undefined
      const call = held && (await this.#repeat(tx, held, start))
      if (call !== undefined) started.set(start, call)
    }
    return started
  }

  async #repeat(
    tx: Tx,
    held: HeldClaim,
    { messageId, number, startedAt }: CallStart,
  ): Promise<StartedCall | undefined> {
    const { rows } = await sql<Row>`select * from wecom_push.calls
      where message = ${held.seq} and number = ${number} and not final`.execute(tx)
    const [row] = rows
    const [call] = row === undefined ? [] : await this.#toFrozen(tx, [{ messageId, row }])
    if (row === undefined || call?.body === undefined || call.phase === "in_flight" || call.partOf !== undefined) {
      return undefined
    }
    const own = { message: held.seq, number }
    const shares = await findShares(tx, [own])
    const ids = await seqsOf(
      tx,
      (shares.get(keyOf(own)) ?? []).map((share) => share.messageId),
    )
    const all = [
      own,
      ...(shares.get(keyOf(own)) ?? []).map((share) => ({ message: ids.get(share.messageId), number: share.number })),
    ]
    const places = sql`json_to_recordset(${JSON.stringify(all)}::json) as again(message bigint, number integer)`
    await sql`insert into wecom_push.attempts (message, call, number, started_at, finished_at, result, errcode, errmsg)
      select calls.message, calls.number, attempts, started_at, finished_at, coalesce(result, 'in_doubt'), errcode, errmsg
      from ${places} join wecom_push.calls on calls.message = again.message and calls.number = again.number`.execute(tx)
    await sql`update wecom_push.calls set attempts = attempts + 1, flight = ${this.#deps.node},
        crashes = ${call.crashes}, may_have_arrived = ${call.mayHaveArrived}, started_at = ${startedAt}, retry_at = null,
        first_try_at = case when ${call.mayHaveArrived} then first_try_at else ${startedAt} end,
        finished_at = null, result = null, errcode = null, errmsg = null, reason = null
      from ${places} where calls.message = again.message and calls.number = again.number`.execute(tx)
    // If the last attempt did not arrive, the call's window and the guard's window begin again now.
    const [agent, hash] = [optionalInteger(row, "agent"), optionalText(row, "guard")]
    if (!call.mayHaveArrived && agent !== undefined && hash !== undefined) {
      await keepBodiesOn(tx, [{ agent, hash, messageId, number, at: startedAt }])
    }
    return { messageId, number, attempt: call.attempts + 1, body: call.body, checkSeconds: call.checkSeconds }
  }
}

interface Holdings {
  readonly messages: ReadonlyMap<string, LockedMessage>
  /** The claim, as long as its turn belongs to this node. */
  readonly holding: (claim: { readonly messageId: string; readonly claim: number }) => HeldClaim | undefined
}

interface CallPlace {
  readonly message: number
  readonly number: number
}

/** Whether a recipient is in a call that is not final; undefined when there is no such call. */
export async function heldPositions(
  tx: Tx,
  seq: number,
): Promise<((chunk: number, slot: number) => boolean) | undefined> {
  const { rows } = await sql<{ positions: string }>`select positions from wecom_push.calls
    where message = ${seq} and not final`.execute(tx)
  if (rows.length === 0) return undefined
  const held = new PositionSet()
  for (const { positions } of rows) held.add(unpackPositions(positions))
  return (chunk, slot) => held.has(positionAt(chunk, slot))
}

/** The open shares of these calls, by the place of the call. */
async function findShares(db: Database, hosts: readonly CallPlace[]): Promise<ReadonlyMap<string, readonly CallRef[]>> {
  const shares = new Map<string, CallRef[]>()
  if (hosts.length === 0) return shares
  const { rows } = await sql<{ host: number; host_number: number; id: string; number: number }>`
    select calls.host, calls.host_number, messages.id, calls.number
    from json_to_recordset(${JSON.stringify(hosts)}::json) as host(message bigint, number integer)
    join wecom_push.calls on calls.host = host.message and calls.host_number = host.number
    join wecom_push.messages on messages.seq = calls.message
    where not final order by messages.seq`.execute(db)
  for (const { host, host_number, id, number } of rows) {
    const key = keyOf({ message: host, number: host_number })
    const ofHost = shares.get(key) ?? []
    ofHost.push({ messageId: id, number })
    shares.set(key, ofHost)
  }
  return shares
}

async function findHosts(db: Database, seqs: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (seqs.length === 0) return new Map()
  const { rows } = await sql<{ seq: number; id: string }>`select seq, id from wecom_push.messages
    where seq = any(${seqs}::bigint[])`.execute(db)
  return new Map(rows.map(({ seq, id }) => [seq, id]))
}

async function seqsOf(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ seq: number; id: string }>`select seq, id from wecom_push.messages
    where id = any(${ids}::text[])`.execute(db)
  return new Map(rows.map(({ seq, id }) => [id, seq]))
}

export const keyOf = ({ message, number }: CallPlace): string => `${message} ${number}`

function placeOf(row: Row): CallPlace {
  return { message: integer(row, "message"), number: integer(row, "number") }
}

/** Leaves out calls whose number exists already. */
async function notYetThere(tx: Tx, freezing: readonly Freezing[]): Promise<readonly Freezing[]> {
  const places = freezing.flatMap((call) => placesOf(call))
  if (places.length === 0) return freezing
  const { rows } = await sql<CallPlace>`select calls.message, calls.number
    from json_to_recordset(${JSON.stringify(places)}::json) as wanted(message bigint, number integer)
    join wecom_push.calls on calls.message = wanted.message and calls.number = wanted.number`.execute(tx)
  const there = new Set(rows.map(keyOf))
  return freezing.filter((call) => placesOf(call).every((place) => !there.has(keyOf(place)) && there.add(keyOf(place))))
}

function placesOf({ start, frozen, held, sharers }: Freezing): CallPlace[] {
  const shares = sharers.map((sharer, index) => ({ message: sharer.seq, number: frozen.shares?.[index]?.number ?? 0 }))
  return [{ message: held.seq, number: start.number }, ...shares]
}

/** Leaves out calls with a recipient that is no longer pending, or is in another call. */
async function stillPending(
  tx: Tx,
  freezing: readonly Freezing[],
  messages: ReadonlyMap<string, LockedMessage>,
): Promise<readonly Freezing[]> {
  const found: Freezing[] = []
  for (const call of freezing) {
    const { frozen, held, sharers } = call
    const parts = [
      { held, positions: frozen.positions },
      ...sharers.map((sharer, index) => ({ held: sharer, positions: frozen.shares?.[index]?.positions ?? [] })),
    ]
    let arePending = true
    for (const { held, positions } of parts) {
      const message = messages.get(held.id)
      // If the message is unchanged, its holder has read its present content.
      if (message === undefined || message.version === held.version) continue
      arePending &&= await areAllPending(tx, message, positions)
    }
    if (arePending) found.push(call)
  }
  return found
}

async function areAllPending(
  tx: Tx,
  message: LockedMessage,
  positions: readonly RecipientPosition[],
): Promise<boolean> {
  const taken = await heldPositions(tx, message.seq)
  const places = [...new Set(positions.map(chunkOf))].map((place) => ({ message: message.seq, place }))
  const stored = message.chunk === undefined ? await readChunks(tx, places) : undefined
  return positions.every((position) => {
    const [chunk, slot] = [chunkOf(position), slotOf(position)]
    const states = (message.chunk ?? stored?.get(message.seq)?.get(chunk))?.states
    return states?.[slot] === "pending" && taken?.(chunk, slot) !== true
  })
}

/** Holds the bodies of these calls. @returns the earlier call for each body that another call holds */
async function keepAll(tx: Tx, calls: readonly Freezing[]): Promise<ReadonlyMap<CallStart, SentBody>> {
  const wanted = new Map<string, WantedBody>()
  for (const { start, frozen, agent } of calls) {
    if (frozen.guard === undefined) continue
    const { hash, windowMs } = frozen.guard
    const key = bodyKey({ agent, hash })
    const { messageId, number, startedAt: at } = start
    if (!wanted.has(key)) wanted.set(key, { agent, hash, messageId, number, at, windowMs })
  }
  const held = await keepBodies(tx, [...wanted.values()])
  const earlier = new Map<CallStart, SentBody>()
  for (const { start, frozen, agent } of calls) {
    if (frozen.guard === undefined) continue
    const key = bodyKey({ agent, hash: frozen.guard.hash })
    const first = held.get(key) ?? wanted.get(key)
    if (first === undefined || (first.messageId === start.messageId && first.number === start.number)) continue
    earlier.set(start, { messageId: first.messageId, number: first.number, at: first.at })
  }
  return earlier
}

function toCallRows(
  { start, frozen, held, sharers, agent }: Freezing,
  body: string,
  checkSeconds: number | null,
  node: number,
): object[] {
  const { number, startedAt } = start
  const both = { part: frozen.part, flight: node, at: startedAt, check_seconds: checkSeconds }
  return [
    {
      ...both,
      message: held.seq,
      number,
      agent,
      kind: storedKind(frozen.kind),
      guard: frozen.guard?.hash ?? null,
      positions: packPositions(frozen.positions),
      checksum: crc32(body),
      body,
    },
    ...(frozen.shares ?? []).map((share, index) => ({
      ...both,
      message: sharers[index]?.seq,
      number: share.number,
      positions: packPositions(share.positions),
      checksum: crc32(share.body),
      body: share.body,
      host: held.seq,
      host_number: number,
    })),
  ]
}

async function insertCalls(tx: Tx, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return
  await sql`insert into wecom_push.calls (message, number, part, flight, first_try_at, started_at, check_seconds, agent,
      kind, guard, positions, checksum, body, host, host_number)
    select message, number, part, flight, at, at, check_seconds, agent, kind, guard, positions, checksum, body, host, host_number
    from json_to_recordset(${JSON.stringify(rows)}::json) as call(message bigint, number integer, part integer,
      flight integer, at bigint, check_seconds integer, agent integer, kind text, guard text, positions text, checksum bigint,
      body text, host bigint, host_number integer)`.execute(tx)
}

const MOST_AT_ONCE = 256
const MOST_UNDER_WAY = 2
