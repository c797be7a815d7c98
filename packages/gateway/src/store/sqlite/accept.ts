import { setImmediate as immediate } from "node:timers/promises"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { MessageState } from "@wecom-push/protocol/delivery"
import { messageState, parseMessageState } from "@wecom-push/protocol/delivery"
import { PRIORITIES } from "../../model/message.ts"
import type { Message } from "../../model/message.ts"
import type { AcceptRequest, AcceptResult, EarlierResult, IdempotencyRecord } from "../../model/ports/outbox.ts"
import { ChunkPacker } from "../chunk-packer.ts"
import type { PackedChunk } from "../chunk-packer.ts"
import { packCounts } from "../pack-counts.ts"
import type { Backlog } from "./backlog.ts"
import type { Discard } from "./discard.ts"
import type { ClockJumps } from "./clock-jumps.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit, WhileSyncing } from "./group-commit.ts"
import { Joins } from "./joins.ts"
import type { Lanes } from "./lanes.ts"
import type { LargeTexts } from "./large-texts.ts"
import { Revoked } from "./revoked.ts"
import { integer, text } from "../row.ts"

/**
 * Accepts messages: small ones in the turn of the event loop in which they arrive, large ones slice by slice, seen only
 * when whole.
 */
export class Accept {
  readonly #commit: GroupCommit
  readonly #backlog: Backlog
  readonly #events: SqliteEvents
  readonly #lanes: Lanes
  readonly #discard: Discard
  readonly #largeTexts: LargeTexts
  readonly #jumps: ClockJumps
  readonly #insertMessage: StatementSync
  readonly #insertChunk: StatementSync
  readonly #useMedium: StatementSync
  readonly #revoked: Revoked
  readonly #joins: Joins
  readonly #claimKey: StatementSync
  readonly #findKey: StatementSync
  readonly #stage: StatementSync
  readonly #unstage: StatementSync
  #nextSeq: number

  constructor(db: DatabaseSync, { commit, backlog, events, lanes, discard, largeTexts, jumps }: AcceptDeps) {
    this.#commit = commit
    this.#backlog = backlog
    this.#events = events
    this.#lanes = lanes
    this.#discard = discard
    this.#largeTexts = largeTexts
    this.#jumps = jumps
    this.#insertMessage = db.prepare(`insert into messages
      (seq, id, app, state, priority, due_at, accepted_at, send_at, expires_at, finished_at, recipients, chunk_count,
       counts, key_id, msgtype, order_key, lane_at, behind, check_seconds, parts, chunk, warnings, clock_set, expiry_moves,
       trace, otherwise)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#insertChunk = db.prepare("insert into chunks (message, place, mask, data) values (?, ?, ?, ?)")
    this.#useMedium = db.prepare("insert into media_uses (message, medium) values (?, ?)")
    this.#revoked = new Revoked(db)
    this.#joins = new Joins(db)
    this.#claimKey = db.prepare(`insert into idempotency
      (client, key, fingerprint, message, state, recipients, expires_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
      on conflict do update set fingerprint = ?3, message = ?4, state = ?5, recipients = ?6, expires_at = ?7
      where expires_at <= ?8
        or (?9 = 1 and not exists (select 1 from messages where id = idempotency.message and state = 'open'))`)
    this.#findKey = db.prepare(
      `select fingerprint, message, state, recipients,
        exists (select 1 from messages where id = idempotency.message and state = 'open') as is_open
      from idempotency where client = ? and key = ? and expires_at > ?`,
    )
    this.#stage = db.prepare("insert into staging (message) values (?) on conflict do nothing")
    this.#unstage = db.prepare("delete from staging where message = ?")
    const last = db.prepare(
      "select max(coalesce((select max(seq) from messages), 0), coalesce((select max(message) from staging), 0)) as seq",
    )
    this.#nextSeq = integer(last.get() ?? {}, "seq") + 1
  }

  accept(request: AcceptRequest): Promise<AcceptResult> {
    const seq = this.#nextSeq++
    const reader = new ChunkPacker(request.chunks)
    // No pause before `submit`, or simultaneous requests would not share a commit.
    const first = reader.next()
    if (reader.isAtEnd) return this.#finish(seq, request, reader, first)
    return this.#acceptLarge(seq, request, reader, first)
  }

  earlier(use: Omit<IdempotencyRecord, "expiresAt">, now: number): EarlierResult | undefined {
    if (Joins.takes(use)) return this.#joins.earlier(use, now)
    const row = this.#findKey.get(use.client, use.key, now)
    if (row === undefined || (use.isFreedByEnd === true && integer(row, "is_open") === 0)) return undefined
    if (text(row, "fingerprint") !== use.fingerprint) return { kind: "key_reused" }
    return {
      kind: "replayed",
      messageId: text(row, "message"),
      state: parseMessageState(text(row, "state")),
      recipientCount: integer(row, "recipients"),
    }
  }

  async #acceptLarge(
    seq: number,
    request: AcceptRequest,
    reader: ChunkPacker,
    first: readonly PackedChunk[],
  ): Promise<AcceptResult> {
    try {
      let slice = first
      while (slice.length > 0) {
        await this.#stageSlice(seq, slice)
        await immediate()
        slice = reader.next()
      }
      const result = await this.#finish(seq, request, reader, [])
      if (result.kind !== "accepted") await this.#discard.remains([seq])
      return result
    } catch (error) {
      await this.#discard.remains([seq]).catch(() => {
        // The next start sweeps it; the error to report is the first one.
      })
      throw error
    }
  }

  #stageSlice(seq: number, slice: readonly PackedChunk[]): Promise<void> {
    const work = (): void => {
      this.#stage.run(seq)
      for (const { place, mask, data } of slice) this.#insertChunk.run(seq, place, mask, data)
    }
    return this.#commit.submit({ kind: "door", work })
  }

  #finish(
    seq: number,
    request: AcceptRequest,
    reader: ChunkPacker,
    chunks: readonly PackedChunk[],
  ): Promise<AcceptResult> {
    const { message, idempotency } = request
    const counts = reader.counts
    const state = messageState({ counts, started: false, sendAt: message.sendAt }, message.acceptedAt)
    const isOpen = counts.pending > 0
    const inline = reader.chunkCount === 1 ? chunks[0] : undefined
    const work = (after: AfterCommit, meanwhile: WhileSyncing): AcceptResult => {
      if (this.#revoked.has(message.keyId)) return { kind: "key_revoked" }
      if (idempotency !== undefined) {
        const earlier = this.#earlier(seq, idempotency, message, state)
        if (earlier !== undefined) return earlier
      }
      for (const medium of message.media ?? []) this.#useMedium.run(seq, medium)
      const joins = this.#joinsAt(message)
      this.#insert(seq, message, joins, isOpen ? "open" : state, packCounts(counts), reader.chunkCount, inline?.data)
      if (inline === undefined) {
        if (chunks.length === 0) this.#unstage.run(seq)
        for (const { place, mask, data } of chunks) this.#insertChunk.run(seq, place, mask, data)
      }
      const event = { at: message.acceptedAt, app: message.app, messageId: message.id }
      this.#events.write(
        { ...event, type: "message.accepted", data: { state, recipients: message.recipientCount } },
        after,
      )
      if (!isOpen) this.#events.write({ ...event, type: "message.finished", data: { state, counts } }, after)
      else {
        // The sender prepares the message while it goes to the disk: whatever it begins is committed after it.
        meanwhile(() => {
          this.#backlog.change(message, 1)
          this.#backlog.wake({ app: message.app, at: joins.dueAt })
        })
      }
      return { kind: "accepted", state }
    }
    return this.#commit.submit({
      kind: "door",
      work,
      beforeCommit: "accept.before_commit",
      afterCommit: "accept.after_commit",
    })
  }

  /** The earlier use of the key; undefined when it was free, and now is taken. */
  #earlier(seq: number, record: IdempotencyRecord, message: Message, state: MessageState): EarlierResult | undefined {
    const { client, key, fingerprint, expiresAt, freeBy = message.acceptedAt } = record
    if (Joins.takes(record)) {
      const earlier = this.#joins.earlier(record, freeBy)
      if (earlier === undefined) this.#joins.add(seq, record, message, state)
      return earlier
    }
    const { id, recipientCount } = message
    const isFreedByEnd = record.isFreedByEnd === true ? 1 : 0
    const taken = this.#claimKey.run(
      client,
      key,
      fingerprint,
      id,
      state,
      recipientCount,
      expiresAt,
      freeBy,
      isFreedByEnd,
    )
    return taken.changes === 1 ? undefined : this.earlier(record, freeBy)
  }

  /**
   * An unscheduled message is due at once: by the earlier of the two readings of the clock, where they differ. It joins its lane
   * behind those that were accepted before it, also where the clock was set back since.
   */
  #joinsAt({ app, orderKey, acceptedAt, sendAt, clockSetMs }: Message): Joining {
    if (sendAt > acceptedAt) return { isScheduled: true, dueAt: sendAt, laneAt: sendAt }
    const storedAt = this.#jumps.asStored(acceptedAt, clockSetMs)
    const joinedAt =
      orderKey !== undefined && this.#jumps.isMovingLanes
        ? this.#lanes.lastJoinedAfter(app, orderKey, storedAt)
        : undefined
    return { isScheduled: false, dueAt: Math.min(acceptedAt, storedAt), laneAt: joinedAt ?? storedAt }
  }

  #insert(
    seq: number,
    message: Message,
    { isScheduled, dueAt, laneAt }: Joining,
    state: string,
    counts: string,
    chunkCount: number,
    chunk: string | undefined,
  ): void {
    const { acceptedAt, sendAt, duplicateCheck, orderKey, app } = message
    const behind =
      orderKey !== undefined && !isScheduled ? this.#lanes.place({ seq, app, orderKey, laneAt }, acceptedAt) : undefined
    const isOpen = state === "open"
    this.#insertMessage.run(
      seq,
      message.id,
      app,
      state,
      PRIORITIES.indexOf(message.priority),
      isOpen ? (behind === undefined ? dueAt : (behind.until ?? null)) : null,
      acceptedAt,
      sendAt,
      message.expiresAt,
      isOpen ? null : acceptedAt,
      message.recipientCount,
      chunkCount,
      counts,
      message.keyId,
      message.msgtype,
      orderKey ?? null,
      orderKey === undefined ? null : laneAt,
      behind === undefined ? 0 : 1,
      duplicateCheck.by === "caller" ? duplicateCheck.intervalSeconds : null,
      this.#largeTexts.ofMessage(seq, message),
      chunk ?? null,
      message.warnings === undefined ? null : JSON.stringify(message.warnings),
      message.clockSetMs ?? null,
      message.expiryMoves === true ? 1 : 0,
      message.trace ?? null,
      message.otherwise === undefined ? null : JSON.stringify(message.otherwise),
    )
  }
}

/** When a message is due, and when it joins its lane. */
interface Joining {
  readonly isScheduled: boolean
  readonly dueAt: number
  readonly laneAt: number
}

export interface AcceptDeps {
  readonly jumps: ClockJumps
  readonly commit: GroupCommit
  readonly backlog: Backlog
  readonly events: SqliteEvents
  readonly lanes: Lanes
  readonly discard: Discard
  readonly largeTexts: LargeTexts
}
