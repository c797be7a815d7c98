import { setImmediate as immediate } from "node:timers/promises"
import { sql } from "kysely"
import { messageState, parseMessageState } from "@wecom-push/protocol/delivery"
import type { MessageState } from "@wecom-push/protocol/delivery"
import { PRIORITIES } from "../../model/message.ts"
import { StorageError } from "../../model/storage-error.ts"
import { SOURCE_ID } from "../../model/source-id.ts"
import type { AcceptRequest, AcceptResult, EarlierResult, IdempotencyRecord } from "../../model/ports/outbox.ts"
import { ChunkPacker } from "../chunk-packer.ts"
import type { PackedChunk } from "../chunk-packer.ts"
import { taskIdOf } from "../card-tasks.ts"
import { packCounts } from "../pack-counts.ts"
import { packParts } from "../pack-parts.ts"
import { Batcher } from "./batcher.ts"
import type { Database } from "./connection.ts"
import { dueTime } from "./due-time.ts"
import type { NewEvent } from "../../model/ports/events.ts"
import type { PostgresEvents } from "./events.ts"
import type { JobWindow } from "./job-window.ts"
import { findBehind, lockLanes } from "./lanes.ts"
import type { Behind } from "../lane.ts"
import { NOW } from "./time.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"

export interface AcceptDeps {
  readonly transactions: Transactions
  readonly events: PostgresEvents
  readonly window: JobWindow
  /** Number of this node. */
  readonly node: number
}

interface Acceptance {
  readonly request: AcceptRequest
  readonly packed: ChunkPacker
  /** The number of a message whose chunks are stored already; undefined for any other message. */
  readonly seq: number | undefined
  /** The packed chunk of a message that has only one. */
  readonly inline: string | undefined
  readonly state: MessageState
}

/** Accepts messages: small ones together, large ones slice by slice. A large one is visible only when it is whole. */
export class Accept {
  readonly #deps: AcceptDeps
  readonly #batcher: Batcher<Acceptance, AcceptResult>

  constructor(deps: AcceptDeps) {
    this.#deps = deps
    this.#batcher = new Batcher({
      perform: (items) => deps.transactions.run((tx, after) => this.#acceptAll(tx, items, after), "accept"),
      mostAtOnce: MOST_AT_ONCE,
      mostUnderWay: MOST_UNDER_WAY,
    })
  }

  async accept(request: AcceptRequest): Promise<AcceptResult> {
    const packed = new ChunkPacker(request.chunks)
    const first = packed.next()
    if (packed.isAtEnd && packed.chunkCount <= 1)
      return this.#batcher.submit(acceptance(request, packed, first[0]?.data))
    const seq = await this.#stage(packed, first)
    try {
      const result = await this.#batcher.submit({ ...acceptance(request, packed), seq })
      if (result.kind !== "accepted") await this.#discard(seq)
      return result
    } catch (error) {
      // A later sweep deletes the rows if this fails; the error to report is the first one.
      await this.#discard(seq).catch(() => undefined)
      throw error
    }
  }

  earlier(use: Omit<IdempotencyRecord, "expiresAt">, now: number): Promise<EarlierResult | undefined> {
    return this.#deps.transactions.read((db) => findEarlier(db, use, now))
  }

  async #stage(packed: ChunkPacker, first: readonly PackedChunk[]): Promise<number> {
    const { transactions, node } = this.#deps
    const seq = await transactions.run(async (tx) => {
      const { rows } = await sql<{ seq: number }>`insert into wecom_push.staging (message, node)
        values (nextval('wecom_push.messages_seq_seq'), ${node}) returning message as seq`.execute(tx)
      return rows[0]?.seq ?? 0
    })
    try {
      for (let slice = first; slice.length > 0; slice = packed.next()) {
        const rows = slice.map((chunk) => ({ message: seq, ...chunk }))
        await transactions.run(async (tx) => {
          await keepStaged(tx, [seq])
          await insertChunks(tx, rows)
        })
        await immediate()
      }
    } catch (error) {
      await this.#discard(seq).catch(() => undefined)
      throw error
    }
    return seq
  }

  /**
   * Deletes a half-written message, unless it has become whole: after a failed acceptance it may be unknown whether it
   * was stored.
   */
  #discard(seq: number): Promise<void> {
    return this.#deps.transactions.run(async (tx) => {
      // Waits while another transaction is making the message whole.
      const { numAffectedRows } = await sql`delete from wecom_push.staging where message = ${seq}`.execute(tx)
      if (numAffectedRows === 1n) await sql`delete from wecom_push.chunks where message = ${seq}`.execute(tx)
    })
  }

  async #acceptAll(
    tx: Tx,
    items: readonly Acceptance[],
    after: AfterCommit,
  ): Promise<readonly (AcceptResult | undefined)[]> {
    // This comes before any other lock: a transaction that deletes a staged message holds no other lock.
    await keepStaged(
      tx,
      items.flatMap(({ seq }) => seq ?? []),
    )
    const { revoked, robots } = await keepAppsAndFindRevoked(tx, items)
    const alive = items.filter(({ request }) => !revoked.has(request.message.keyId))
    const claims = await claimKeys(tx, alive)
    const claimed = new Map(alive.map((item, index) => [item, claims[index]]))
    const results = items.map((item) => (revoked.has(item.request.message.keyId) ? KEY_REVOKED : claimed.get(item)))
    const taken = items.filter((_, index) => results[index]?.kind === "accepted")
    await keepMedia(tx, taken)
    const behind = await whoIsBehind(tx, taken)
    const seqs = await insertMessages(tx, taken, behind, robots)
    const media = taken.flatMap(({ request: { message } }) =>
      (message.media ?? []).map((medium) => ({ message: seqs.get(message.id), medium })),
    )
    if (media.length > 0) {
      await sql`insert into wecom_push.media_uses (message, medium)
        select * from json_to_recordset(${JSON.stringify(media)}::json) as used(message bigint, medium text)`.execute(
        tx,
      )
    }
    const staged = taken.flatMap(({ seq }) => seq ?? [])
    if (staged.length > 0) {
      await sql`delete from wecom_push.staging where message = any(${staged}::bigint[])`.execute(tx)
    }
    const open = taken.filter(({ packed }) => packed.counts.pending > 0).map(({ request }) => request.message)
    await this.#deps.window.fill(tx, open, after)
    this.#deps.events.write(
      tx,
      taken.flatMap(toEvents),
      after,
      open.map(({ app, keyId, priority }) => ({ app, keyId, priority, by: 1 })),
    )
    return results
  }
}

function acceptance(request: AcceptRequest, packed: ChunkPacker, inline?: string): Acceptance {
  const { message } = request
  const state = messageState({ counts: packed.counts, started: false, sendAt: message.sendAt }, message.acceptedAt)
  return { request, packed, seq: undefined, inline, state }
}

/**
 * Takes the idempotency key of each message. The result is undefined for the second of two with the same key, which is
 * tried again: once the first is stored its key is known.
 */
async function claimKeys(tx: Tx, items: readonly Acceptance[]): Promise<(AcceptResult | undefined)[]> {
  const keys = new Map<string, number>()
  for (const [index, { request }] of items.entries()) {
    const key = request.idempotency && keyOf(request.idempotency)
    if (key !== undefined && !keys.has(key)) keys.set(key, index)
  }
  const rows = [...keys.values()].flatMap((index) => {
    const item = items[index]
    return item?.request.idempotency === undefined ? [] : toKeyRow(item, item.request.idempotency)
  })
  const won = new Set<string>()
  await freeKeys(
    tx,
    items.flatMap(({ request }) => request.idempotency ?? []),
  )
  if (rows.length > 0) {
    const { rows: returned } = await sql<{ client: string; key: string }>`
      insert into wecom_push.idempotency (client, key, fingerprint, message, state, recipients, expires_at)
      select client, key, fingerprint, message, state, recipients, expires_at
      from json_to_recordset(${JSON.stringify(rows)}::json) as used(client text, key text, fingerprint text,
        message text, state text, recipients integer, expires_at bigint, at bigint)
      order by client, key
      on conflict (client, key) do update set fingerprint = excluded.fingerprint, message = excluded.message,
        state = excluded.state, recipients = excluded.recipients, expires_at = excluded.expires_at
      where idempotency.expires_at <= ${Math.max(...items.filter(({ request }) => request.idempotency !== undefined).map(freeBy))}
      returning client, key`.execute(tx)
    for (const row of returned) won.add(keyOf(row))
  }
  const results: (AcceptResult | undefined)[] = []
  for (const [index, item] of items.entries()) {
    const { state } = item
    const { idempotency } = item.request
    const key = idempotency && keyOf(idempotency)
    const isFirst = key !== undefined && keys.get(key) === index
    if (idempotency === undefined || key === undefined || (isFirst && won.has(key))) {
      results.push({ kind: "accepted", state })
    } else results.push(isFirst ? await findEarlier(tx, idempotency, freeBy(item)) : undefined)
  }
  return results
}

function freeBy({ request: { message, idempotency } }: Acceptance): number {
  return idempotency?.freeBy ?? message.acceptedAt
}

/** Frees the keys that become free when their messages are finished, where they are. */
async function freeKeys(tx: Tx, records: readonly IdempotencyRecord[]): Promise<void> {
  const keys = records.filter(({ isFreedByEnd }) => isFreedByEnd === true).map(({ client, key }) => ({ client, key }))
  if (keys.length === 0) return
  // All transactions lock keys in the same order: two that free the same keys must not wait for each other.
  await sql`with freed as (
      select client, key from wecom_push.idempotency
        join json_to_recordset(${JSON.stringify(keys)}::json) as used(client text, key text) using (client, key)
      where not exists (select from wecom_push.messages where id = idempotency.message and state = 'open')
      order by client, key for update of idempotency
    )
    delete from wecom_push.idempotency using freed
    where idempotency.client = freed.client and idempotency.key = freed.key`.execute(tx)
}

async function findEarlier(
  db: Database,
  use: Omit<IdempotencyRecord, "expiresAt">,
  now: number,
): Promise<EarlierResult | undefined> {
  const { rows } = await sql<{
    fingerprint: string
    message: string
    state: string
    recipients: number
    is_open: boolean
  }>`select fingerprint, message, state, recipients,
      exists (select from wecom_push.messages where id = idempotency.message and state = 'open') as is_open
    from wecom_push.idempotency
    where client = ${use.client} and key = ${use.key} and expires_at > ${now}`.execute(db)
  const [row] = rows
  if (row === undefined || (use.isFreedByEnd === true && !row.is_open)) return undefined
  if (row.fingerprint !== use.fingerprint) return { kind: "key_reused" }
  return {
    kind: "replayed",
    messageId: row.message,
    state: parseMessageState(row.state),
    recipientCount: row.recipients,
  }
}

function toKeyRow(
  { request: { message }, state }: Acceptance,
  { client, key, fingerprint, expiresAt }: IdempotencyRecord,
) {
  const { id, recipientCount } = message
  return { client, key, fingerprint, message: id, state, recipients: recipientCount, expires_at: expiresAt }
}

const keyOf = ({ client, key }: { readonly client: string; readonly key: string }): string =>
  JSON.stringify([client, key])

/**
 * The messages with an order key that join their lane now and have another member before them, stored or in this batch.
 */
async function whoIsBehind(tx: Tx, items: readonly Acceptance[]): Promise<ReadonlyMap<string, Behind>> {
  const joining = items.flatMap(({ request: { message }, packed }) => {
    const { id, app, orderKey, acceptedAt, sendAt } = message
    if (orderKey === undefined || sendAt > acceptedAt || packed.counts.pending === 0) return []
    return { id, app, orderKey }
  })
  await lockLanes(tx, joining)
  const places = await findBehind(tx, joining)
  const behind = new Map<string, Behind>()
  const lanes = new Set<string>()
  for (const [index, { id, app, orderKey }] of joining.entries()) {
    const lane = JSON.stringify([app, orderKey])
    const place = lanes.has(lane) ? { until: undefined } : places[index]
    if (place !== undefined) behind.set(id, place)
    lanes.add(lane)
  }
  return behind
}

/**
 * Locks the apps, so that they are not removed before the messages are stored. One statement does all of it, since each
 * round trip delays all waiting messages.
 * @returns revoked keys, removed sources, and apps that are smart robots
 */
async function keepAppsAndFindRevoked(tx: Tx, items: readonly Acceptance[]): Promise<KeptApps> {
  const apps = [...new Set(items.map(({ request }) => request.message.app))]
  const ids = [...new Set(items.map(({ request }) => request.message.keyId))]
  const [sources, keys] = [ids.filter((id) => id.startsWith(SOURCE_ID)), ids.filter((id) => !id.startsWith(SOURCE_ID))]
  const { rows } = await sql<{ revoked: readonly string[]; robots: readonly string[] }>`with held as materialized (
      select name, kind from wecom_push.apps where name = any(${apps}::text[]) order by name for key share
    )
    select array(select name from held where kind = 'bot') as robots, (select count(*) from held), array(
      select id from wecom_push.keys where id = any(${keys}::text[]) and revoked_at is not null
      union all
      select id from unnest(${sources}::text[]) as named (id)
        where not exists (select from wecom_push.sources where sources.id = named.id)
    ) as revoked`.execute(tx)
  return { revoked: new Set(rows[0]?.revoked), robots: new Set(rows[0]?.robots) }
}

interface KeptApps {
  readonly revoked: ReadonlySet<string>
  readonly robots: ReadonlySet<string>
}

/** Locks the files, so that they are not removed before the messages are stored. */
async function keepMedia(tx: Tx, items: readonly Acceptance[]): Promise<void> {
  const media = [...new Set(items.flatMap(({ request }) => request.message.media ?? []))]
  if (media.length === 0) return
  await sql`select 1 from wecom_push.media where id = any(${media}::text[]) order by id for key share`.execute(tx)
}

async function insertMessages(
  tx: Tx,
  items: readonly Acceptance[],
  behind: ReadonlyMap<string, Behind>,
  robots: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  if (items.length === 0) return new Map()
  const rows = items.map((item) => ({
    ...toMessageRow(item, behind.get(item.request.message.id)),
    by_holder: robots.has(item.request.message.app),
  }))
  const { rows: inserted } = await sql<{ seq: number; id: string }>`
    insert into wecom_push.messages (seq, id, app, state, priority, due_at, accepted_at, send_at, expires_at,
      finished_at, recipients, chunk_count, counts, key_id, msgtype, order_key, lane_at, behind, check_seconds, parts,
      task_id, chunk, warnings, clock_set, expiry_moves, trace, by_holder, otherwise)
    select coalesce(seq, nextval('wecom_push.messages_seq_seq')), id, app, state, priority, ${dueTime(DUE_AT)}, accepted_at,
      send_at, expires_at, finished_at, recipients, chunk_count, counts, key_id, msgtype, order_key, ${LANE_AT}, behind,
      check_seconds, parts, task_id, chunk, warnings, clock_set, expiry_moves, trace, by_holder, otherwise
    from json_to_recordset(${JSON.stringify(rows)}::json) as message(seq bigint, id text, app text, state text,
      priority smallint, due_at bigint, accepted_at bigint, send_at bigint, expires_at bigint, finished_at bigint,
      recipients integer, chunk_count integer, counts text, key_id text, msgtype text, order_key text,
      behind boolean, check_seconds integer, parts text, task_id text, chunk text, warnings text, clock_set bigint, expiry_moves boolean,
      trace text, by_holder boolean, otherwise text)
    returning seq, id`.execute(tx)
  return new Map(inserted.map(({ seq, id }) => [id, seq]))
}

/**
 * An unscheduled message is due now, even if the node read the clock before the database's clock was set back.
 * Otherwise it is due at its scheduled time, or when another member no longer holds the lane.
 */
const DUE_AT = sql`case when send_at = accepted_at and due_at = accepted_at then least(due_at, ${NOW}) else due_at end`

/**
 * An unscheduled message joins its lane now, by the database's clock: the lane is locked, and the clock readings of two
 * nodes differ by some milliseconds.
 */
const LANE_AT = sql`case when order_key is null then null when send_at = accepted_at then ${NOW} else send_at end`

function toMessageRow(
  { request: { message }, packed, seq, inline, state }: Acceptance,
  behind: Behind | undefined,
): object {
  const { acceptedAt, sendAt, duplicateCheck, orderKey } = message
  const joinsAt = Math.max(acceptedAt, sendAt)
  const isOpen = packed.counts.pending > 0
  return {
    seq: seq ?? null,
    id: message.id,
    app: message.app,
    state: isOpen ? "open" : state,
    priority: PRIORITIES.indexOf(message.priority),
    due_at: !isOpen ? null : behind === undefined ? joinsAt : (behind.until ?? null),
    accepted_at: acceptedAt,
    send_at: sendAt,
    expires_at: message.expiresAt,
    finished_at: isOpen ? null : acceptedAt,
    recipients: message.recipientCount,
    chunk_count: packed.chunkCount,
    counts: packCounts(packed.counts),
    key_id: message.keyId,
    msgtype: message.msgtype,
    order_key: orderKey ?? null,
    behind: behind !== undefined,
    check_seconds: duplicateCheck.by === "caller" ? duplicateCheck.intervalSeconds : null,
    parts: packParts(message.parts),
    task_id: taskIdOf(message) ?? null,
    chunk: inline ?? null,
    warnings: message.warnings === undefined ? null : JSON.stringify(message.warnings),
    clock_set: message.clockSetMs ?? null,
    expiry_moves: message.expiryMoves === true,
    trace: message.trace ?? null,
    otherwise: message.otherwise === undefined ? null : JSON.stringify(message.otherwise),
  }
}

/**
 * Locks messages that are being written, so that no other node deletes them before the end of the transaction.
 * @throws {StorageError} when one has been deleted: this node counted as dead for a while
 */
async function keepStaged(tx: Tx, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return
  const { rows } = await sql`select from wecom_push.staging where message = any(${seqs}::bigint[])
    order by message for key share`.execute(tx)
  if (rows.length < seqs.length) throw new StorageError("storage_busy")
}

async function insertChunks(tx: Tx, rows: readonly (PackedChunk & { readonly message: number })[]): Promise<void> {
  await sql`insert into wecom_push.chunks (message, place, mask, data)
    select message, place, mask, data from json_to_recordset(${JSON.stringify(rows)}::json)
      as chunk(message bigint, place integer, mask integer, data text)`.execute(tx)
}

function toEvents({ request: { message }, packed: { counts }, state }: Acceptance): NewEvent[] {
  const event = { at: message.acceptedAt, app: message.app, messageId: message.id }
  const accepted = { ...event, type: "message.accepted", data: { state, recipients: message.recipientCount } } as const
  return counts.pending > 0 ? [accepted] : [accepted, { ...event, type: "message.finished", data: { state, counts } }]
}

const KEY_REVOKED: AcceptResult = { kind: "key_revoked" }
const MOST_AT_ONCE = 256
const MOST_UNDER_WAY = 2
