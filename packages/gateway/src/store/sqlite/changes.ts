import type { DatabaseSync, StatementSync } from "node:sqlite"
import { messageState } from "@wecom-push/protocol/delivery"
import type { MessageState, StateCounts } from "@wecom-push/protocol/delivery"
import { applyUpdates } from "../../model/apply-updates.ts"
import type { UpdateContext } from "../../model/apply-updates.ts"
import { progress } from "../../model/message-progress.ts"
import type { MessageProblem } from "../../model/message.ts"
import type {
  CallDelay,
  CallRef,
  Ended,
  Ending,
  ExpiredEnded,
  ExpiredEnding,
  MessageChange,
  MessageChanged,
  RecipientUpdate,
  Settlement,
} from "../../model/ports/outbox.ts"
import { copyChunk } from "../../model/recipients.ts"
import { packChunk } from "../../model/pack-chunk.ts"
import { packCounts } from "../pack-counts.ts"
import type { Backlog, Unfinished } from "./backlog.ts"
import type { Bodies } from "./bodies.ts"
import type { Calls } from "./calls.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import type { Claims } from "./claims.ts"
import type { ClockJumps } from "./clock-jumps.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import type { Lanes } from "./lanes.ts"
import { toPriority } from "../message-row.ts"
import { integer, optionalInteger, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"
import { ROWS_PER_SLICE } from "./slices.ts"
import { toStored } from "../stored-message.ts"
import type { StoredMessage } from "../stored-message.ts"

/** Changes of recipients, and so of their message. */
export class Changes {
  readonly #commit: GroupCommit
  readonly #backlog: Backlog
  readonly #claims: Claims
  readonly #lanes: Lanes
  readonly #events: SqliteEvents
  readonly #chunks: ChunkRows
  readonly #bodies: Bodies
  readonly #calls: Calls
  readonly #jumps: ClockJumps
  readonly #run: number
  readonly #byId: StatementSync
  readonly #bySeq: StatementSync
  readonly #settle: StatementSync
  readonly #delay: StatementSync
  readonly #mayHaveArrived: StatementSync
  readonly #close: StatementSync
  readonly #closed: StatementSync
  readonly #recalled: StatementSync
  readonly #update: StatementSync
  readonly #reopen: StatementSync
  readonly #problem: StatementSync
  readonly #expiry: StatementSync
  readonly #started: StatementSync
  readonly #hostOf: StatementSync
  readonly #dueAgain: StatementSync
  readonly #expired: StatementSync

  constructor(
    db: DatabaseSync,
    { commit, backlog, claims, lanes, events, chunks, bodies, calls, jumps, run }: ChangesDeps,
  ) {
    this.#commit = commit
    this.#backlog = backlog
    this.#claims = claims
    this.#lanes = lanes
    this.#events = events
    this.#chunks = chunks
    this.#bodies = bodies
    this.#calls = calls
    this.#jumps = jumps
    this.#run = run
    const message =
      "select seq, app, priority, key_id, state, send_at, finished_at, counts, order_key, chunk from messages"
    this.#byId = db.prepare(`${message} where id = ?`)
    this.#bySeq = db.prepare(`${message} where seq = ?`)
    this.#settle = db.prepare(`update calls set
      in_flight_by = null, final = ?, finished_at = ?, result = ?, errcode = ?, errmsg = ?, reason = ?,
      msgid = coalesce(?, msgid), response_code = coalesce(?, response_code), retry_at = ?,
      first_try_at = first_try_at + ? - clock_offset_ms, clock_offset_ms = ?, spent = spent + ?,
      crashes = 0, may_have_arrived = max(may_have_arrived, ?)
      where message = ? and number = ? and attempts = ? and in_flight_by = ?`)
    this.#delay = db.prepare(`update calls set retry_at = ?1 - ?2 + clock_offset_ms, reason = ?3
      where message = ?4 and number = ?5 and attempts = ?6 and final = 0 and in_flight_by is not ?7`)
    this.#mayHaveArrived = db.prepare("select may_have_arrived from calls where message = ? and number = ?")
    this.#close = db.prepare(`update calls set final = 1, in_flight_by = null, retry_at = null, reason = null,
      may_have_arrived = case when in_flight_by is null then may_have_arrived else 1 end,
      result = coalesce(result, 'in_doubt')
      where message = ? and number = ? and final = 0 and (in_flight_by is null or in_flight_by <> ?)
      and (? or (may_have_arrived = 0 and in_flight_by is null))`)
    this.#closed = db.prepare(`select agent, id, guard from calls join messages on seq = calls.message
      where seq = ? and number = ? and may_have_arrived = 0 and agent is not null and guard is not null`)
    this.#recalled = db.prepare("update calls set recalled_at = ? where message = ? and number = ?")
    this.#update = db.prepare(
      `update messages set state = ?, counts = ?, finished_at = ?, chunk = coalesce(?, chunk),
       due_at = case when ? then null else due_at end, problem = case when ? then ? else problem end where seq = ?`,
    )
    // A scheduled message that was cancelled stays scheduled. In a lane it is a millisecond behind those that joined in
    // the same one.
    const joinsAt = "case when send_at > accepted_at then max(?1, send_at) else ?1 end"
    this.#reopen = db.prepare(
      `update messages set due_at = ${joinsAt} + (order_key is not null), lane_until = null, behind = 0,
       started = exists (select 1 from calls where message = ?2),
       reopened_at = ${joinsAt}, lane_at = case when order_key is null then null else ${joinsAt} + 1 end where seq = ?2`,
    )
    this.#problem = db.prepare("update messages set problem = ?1 where seq = ?2 and problem is not ?1")
    this.#expiry = db.prepare("update messages set expires_at = ?, clock_set = coalesce(?, clock_set) where seq = ?")
    this.#started = db.prepare("select 1 from calls where message = ? limit 1")
    this.#hostOf = db.prepare("select host, host_number from calls where message = ? and number = ?")
    this.#dueAgain = db.prepare("update messages set due_at = ? where seq = ? and state = 'open' returning id, app")
    this.#expired = db.prepare(`select seq, id from messages
      where state = 'open' and expires_at <= ?1 and (expiry_moves = 0 or expires_at + ?2 - clock_set <= ?1)
        and chunk is not null and not exists (
          select 1 from calls where message = messages.seq
        ) order by expires_at, seq`)
  }

  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => settlements.map((settlement) => this.#settleOne(settlement, after)),
      beforeCommit: "settle.before_commit",
      afterCommit: "settle.after_commit",
    })
  }

  update(change: MessageChange): Promise<MessageChanged | undefined> {
    return this.#commit.submit({ kind: "inside", work: (after) => this.#updateOne(change, after) })
  }

  async endUnbegun(ending: Ending): Promise<readonly Ended[]> {
    const ended: Ended[] = []
    for (let from = 0; from < ending.messageIds.length; from += ROWS_PER_SLICE) {
      const ids = ending.messageIds.slice(from, from + ROWS_PER_SLICE)
      const work = (after: AfterCommit): readonly Ended[] => ids.flatMap((id) => this.#endOne(id, ending, after) ?? [])
      ended.push(...(await this.#commit.submit({ kind: "inside", work })))
    }
    return ended
  }

  async endExpired({ at, expiredBy, setByMs, limit: most }: ExpiredEnding): Promise<ExpiredEnded> {
    const limit = Math.min(most, EXPIRED_PER_LOOK)
    const messageIds: string[] = []
    for (const row of this.#expired.iterate(expiredBy, setByMs)) {
      if (!this.#claims.isHeld(integer(row, "seq"), at)) messageIds.push(text(row, "id"))
      if (messageIds.length === limit) break
    }
    const ended = await this.endUnbegun({ messageIds, state: "expired", at })
    return { ended, more: messageIds.length === limit && ended.length > 0 }
  }

  #endOne(messageId: string, { state, at }: Ending, after: AfterCommit): Ended | undefined {
    const row = this.#byId.get(messageId)
    if (row === undefined || text(row, "state") !== "open") return undefined
    const stored = toStored(row)
    const seq = integer(row, "seq")
    const isUntouched = stored.chunk !== undefined && this.#started.get(seq) === undefined
    if (!isUntouched || this.#claims.isHeld(seq, at)) return undefined
    const updates = [{ chunk: 0, slots: "all", from: ["pending"], state } as const]
    const { changed } = this.#apply(messageId, stored, updates, { at }, after)
    return { messageId, app: text(row, "app"), recipients: changed }
  }

  delayCall({ messageId, number }: CallRef, attempt: number, { untilMs, reason }: CallDelay): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const message = this.#byId.get(messageId)
        if (message === undefined) return
        const seq = integer(message, "seq")
        for (const [of, itsNumber] of [[seq, number] as const, ...this.#calls.sharesOf(seq, number)])
          this.#delay.run(untilMs, this.#jumps.totalMs, reason, of, itsNumber, attempt, this.#run)
      },
    })
  }

  #settleOne(settlement: Settlement, after: AfterCommit): boolean {
    const { messageId, number, finishedAt, updates, problem } = settlement
    const stored = this.#message(messageId)
    if (stored === undefined || !this.#settleCall(integer(stored.row, "seq"), settlement)) return false
    const message = stored.row
    if (settlement.final && (settlement.result === "refused" || settlement.result === "not_sent")) {
      this.#freeBody(message, messageId, number)
    }
    const context = { at: finishedAt, timedByCall: true, problem }
    if (updates.length === 0) this.#noteProblem(message, problem)
    const { counts } = updates.length > 0 ? this.#apply(messageId, stored, updates, context, after) : stored
    if (counts.pending > 0) this.#calls.noteStarted(integer(message, "seq"))
    if (settlement.dueAt !== undefined) this.#makeDue(integer(message, "seq"), settlement.dueAt, after)
    return true
  }

  #message(id: string): StoredMessage | undefined {
    const held = this.#claims.of(id)
    if (held?.copy !== undefined) {
      // Used once: later statements may change the message, or be rolled back.
      const { copy } = held
      held.copy = undefined
      // The holder of the claim reads the chunk that was read here.
      return { ...copy, chunk: copy.chunk && copyChunk(copy.chunk) }
    }
    const row = held === undefined ? this.#byId.get(id) : this.#bySeq.get(held.seq)
    return row && toStored(row)
  }

  #freeBody(message: Row, messageId: string, number: number): void {
    const seq = integer(message, "seq")
    const key = this.#calls.guardOf(seq, number)
    if (key === undefined || integer(this.#mayHaveArrived.get(seq, number) ?? {}, "may_have_arrived") === 1) return
    this.#bodies.free(key, messageId, number)
  }

  #settleCall(seq: number, settlement: Settlement): boolean {
    const { number, attempt, finishedAt, result, errcode, errmsg, reason, msgid, responseCode, retryAt } = settlement
    const clockOffsetMs = this.#jumps.totalWhen(settlement.clockSetMs)
    const { changes } = this.#settle.run(
      settlement.final ? 1 : 0,
      finishedAt,
      result,
      errcode ?? null,
      errmsg ?? null,
      reason ?? null,
      msgid ?? null,
      responseCode ?? null,
      retryAt ?? null,
      clockOffsetMs,
      clockOffsetMs,
      settlement.spent ? 1 : 0,
      result === "in_doubt" ? 1 : 0,
      seq,
      number,
      attempt,
      this.#run,
    )
    return changes === 1
  }

  #updateOne(change: MessageChange, after: AfterCommit): MessageChanged | undefined {
    const { messageId, at, updates } = change
    const stored = this.#message(messageId)
    if (stored === undefined) return undefined
    const message = stored.row
    const seq = integer(message, "seq")
    const closedCalls = [
      ...(change.closeCalls ?? []).filter((number) => this.#closeForAll(seq, number, at, after)),
      ...(change.abandonCalls ?? []).filter((number) => this.#closeOne(seq, number, 1)),
    ]
    for (const number of change.recalledCalls ?? []) this.#recalled.run(at, seq, number)
    const { expiry } = change
    if (expiry !== undefined) this.#expiry.run(expiry.expiresAt, expiry.clockSetMs ?? null, seq)
    const isHeld = this.#calls.heldPositions(seq)
    const { counts, changed } = this.#apply(
      messageId,
      stored,
      updates,
      { at, problem: change.problem, ...(isHeld !== undefined && { isHeld }) },
      after,
    )
    this.#claims.disturb(messageId)
    const { holdsLaneUntil: until } = change
    if (until !== undefined && this.#lanes.holdUnfinished(seq, until)) {
      after(() => this.#backlog.wake({ app: text(message, "app"), at: until }))
    }
    return { state: this.#stateOf(seq, message, counts, at), counts, changed, closedCalls }
  }

  #stateOf(seq: number, message: Row, counts: StateCounts, at: number): MessageState {
    const started = counts.pending > 0 && this.#started.get(seq) !== undefined
    return messageState({ counts, started, sendAt: integer(message, "send_at") }, at)
  }

  #closeOne(seq: number, number: number, evenIfArrived: 0 | 1): boolean {
    if (this.#close.run(seq, number, this.#run, evenIfArrived).changes !== 1) return false
    this.#calls.noteStarted(seq)
    // A call that never reached WeCom makes no other body a repeat.
    const closed = this.#closed.get(seq, number)
    if (closed !== undefined) {
      this.#bodies.free({ agent: integer(closed, "agent"), hash: text(closed, "guard") }, text(closed, "id"), number)
    }
    return true
  }

  /** The bytes of a shared call name the recipients of all its messages: without one message it is another call. */
  #closeForAll(seq: number, number: number, at: number, after: AfterCommit): boolean {
    const row = this.#hostOf.get(seq, number)
    if (row === undefined) return false
    const host = optionalInteger(row, "host") ?? seq
    const hostNumber = optionalInteger(row, "host_number") ?? number
    const shares = this.#calls.sharesOf(host, hostNumber)
    if (!this.#closeOne(host, hostNumber, 0)) return false
    for (const [sharer, itsNumber] of shares) this.#closeOne(sharer, itsNumber, 0)
    for (const other of new Set([host, ...shares.map(([sharer]) => sharer)])) {
      if (other !== seq) this.#makeDue(other, at, after)
    }
    return true
  }

  /** A worker that has it meanwhile has to look again. */
  #makeDue(seq: number, at: number, after: AfterCommit): void {
    const row = this.#dueAgain.get(at, seq)
    if (row === undefined) return
    this.#claims.makeDue(text(row, "id"), at)
    after(() => this.#backlog.wake({ app: text(row, "app") }))
  }

  #noteProblem(message: Row, problem: MessageProblem | null | undefined): void {
    if (problem !== undefined) this.#problem.run(storedProblem(problem), integer(message, "seq"))
  }

  #apply(
    messageId: string,
    { row: message, counts, chunk: inline }: StoredMessage,
    updates: readonly RecipientUpdate[],
    context: ChangeContext,
    after: AfterCommit,
  ): { counts: StateCounts; changed: number } {
    const seq = integer(message, "seq")
    const chunks =
      inline === undefined
        ? this.#chunks.readRows(seq, new Set(updates.map(({ chunk }) => chunk)))
        : new Map([[0, inline]])
    const applied = applyUpdates(counts, chunks, updates, context)
    if (applied.changed === 0) {
      this.#noteProblem(message, context.problem)
      return applied
    }
    let newInline: string | null = null
    for (const chunk of chunks.values()) {
      if (!applied.touched.has(chunk.index)) continue
      if (inline === undefined) this.#chunks.writeRow(seq, chunk)
      else newInline = packChunk(chunk)
    }
    this.#move(messageId, message, { counts: applied.counts, inline: newInline, ...context }, after)
    return applied
  }

  #move(messageId: string, message: Row, { counts, inline, at, problem }: Moved, after: AfterCommit): void {
    const seq = integer(message, "seq")
    const app = text(message, "app")
    const finishedBefore = optionalInteger(message, "finished_at")
    const { finalState, finishedAt, event } = progress(finishedBefore, counts, at)
    const isFinished = finalState !== undefined
    this.#update.run(
      finalState ?? "open",
      packCounts(counts),
      finishedAt ?? null,
      inline,
      isFinished ? 1 : 0,
      problem === undefined ? 0 : 1,
      storedProblem(problem),
      seq,
    )
    if (event === undefined) return
    const state = finalState ?? this.#stateOf(seq, message, counts, at)
    this.#events.write({ at, type: event, app, messageId, data: { state, counts } }, after)
    if (event === "message.finished") this.#finished(messageId, message, at, after)
    if (event === "message.reopened") this.#reopened(message, at, after)
  }

  #finished(messageId: string, message: Row, at: number, after: AfterCommit): void {
    const app = text(message, "app")
    const orderKey = optionalText(message, "order_key")
    const hasSuccessor = orderKey !== undefined && this.#lanes.advance(app, orderKey, at)
    after(() => {
      this.#claims.drop(messageId)
      this.#backlog.change(toUnfinished(message), -1)
      if (hasSuccessor) this.#backlog.wake({ app })
    })
  }

  #reopened(message: Row, at: number, after: AfterCommit): void {
    this.#reopen.run(at, integer(message, "seq"))
    const app = text(message, "app")
    after(() => {
      this.#backlog.change(toUnfinished(message), 1)
      this.#backlog.wake({ app })
    })
  }
}

function storedProblem(problem: MessageProblem | null | undefined): string | null {
  return problem === null || problem === undefined ? null : JSON.stringify(problem)
}

function toUnfinished(message: Row): Unfinished {
  return { app: text(message, "app"), priority: toPriority(message), keyId: text(message, "key_id") }
}

interface ChangeContext extends UpdateContext {
  /** Undefined leaves it as it is. */
  readonly problem?: MessageProblem | null | undefined
}

/** Written at once: each write of a message's row writes all its content, which may be megabytes. */
interface Moved extends Pick<ChangeContext, "at" | "problem"> {
  readonly counts: StateCounts
  readonly inline: string | null
}

export interface ChangesDeps {
  readonly commit: GroupCommit
  readonly backlog: Backlog
  readonly claims: Claims
  readonly lanes: Lanes
  readonly events: SqliteEvents
  readonly chunks: ChunkRows
  readonly bodies: Bodies
  readonly calls: Calls
  readonly jumps: ClockJumps
  readonly run: number
}

/** Found within some milliseconds. */
const EXPIRED_PER_LOOK = 250
