import type { DatabaseSync, StatementSync } from "node:sqlite"
import { applyPatches } from "../../core/apply-patches.ts"
import type { PatchContext } from "../../core/apply-patches.ts"
import { progress } from "../../core/message-progress.ts"
import type { MessageProblem } from "../../core/message.ts"
import type { MessageChange, MessageChanged, RecipientPatch, Settlement } from "../../core/ports/outbox.ts"
import { messageState } from "../../core/states.ts"
import type { StateCounts } from "../../core/states.ts"
import { packChunk, unpackChunk } from "../pack-chunk.ts"
import { packCounts, unpackCounts } from "../pack-counts.ts"
import type { Backlog } from "./backlog.ts"
import type { Calls } from "./calls.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import type { Claims } from "./claims.ts"
import type { SqliteEvents } from "./events.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import type { Lanes } from "./lanes.ts"
import { toPriority } from "./message-row.ts"
import { integer, optionalInteger, optionalText, text } from "./row.ts"
import type { Row } from "./row.ts"

/** What becomes of recipients, and so of their message. */
export class Changes {
  readonly #commit: GroupCommit
  readonly #backlog: Backlog
  readonly #claims: Claims
  readonly #lanes: Lanes
  readonly #events: SqliteEvents
  readonly #chunks: ChunkRows
  readonly #calls: Calls
  readonly #run: number
  readonly #message: StatementSync
  readonly #settle: StatementSync
  readonly #freeBody: StatementSync
  readonly #close: StatementSync
  readonly #recalled: StatementSync
  readonly #update: StatementSync
  readonly #reopen: StatementSync
  readonly #problem: StatementSync
  readonly #expiresAt: StatementSync
  readonly #started: StatementSync

  constructor(db: DatabaseSync, { commit, backlog, claims, lanes, events, chunks, calls, run }: ChangesDeps) {
    this.#commit = commit
    this.#backlog = backlog
    this.#claims = claims
    this.#lanes = lanes
    this.#events = events
    this.#chunks = chunks
    this.#calls = calls
    this.#run = run
    this.#message = db.prepare(
      "select seq, app, priority, state, send_at, finished_at, counts, order_key, chunk from messages where id = ?",
    )
    this.#settle = db.prepare(`update calls set
      flight = null, final = ?, finished_at = ?, result = ?, errcode = ?, errmsg = ?, reason = ?,
      msgid = coalesce(?, msgid), response_code = coalesce(?, response_code), retry_at = ?, spent = spent + ?,
      crashes = 0, may_have_arrived = max(may_have_arrived, ?)
      where message = ? and number = ? and attempts = ? and flight = ?`)
    this.#freeBody = db.prepare(`delete from bodies where app = ?1 and message = ?2 and call = ?3 and hash =
      (select guard from calls where message = ?4 and number = ?3 and may_have_arrived = 0)`)
    this.#close = db.prepare(`update calls set final = 1, flight = null, retry_at = null,
      may_have_arrived = case when flight is null then may_have_arrived else 1 end,
      result = coalesce(result, 'in_doubt')
      where message = ? and number = ? and final = 0 and (flight is null or flight <> ?)
      and (? or (may_have_arrived = 0 and flight is null))`)
    this.#recalled = db.prepare("update calls set recalled_at = ? where message = ? and number = ?")
    this.#update = db.prepare(
      `update messages set state = ?, counts = ?, finished_at = ?, chunk = coalesce(?, chunk),
       due_at = case when ? then null else due_at end where seq = ?`,
    )
    // A millisecond behind those that joined its lane in the same one.
    this.#reopen = db.prepare(
      `update messages set due_at = case when order_key is null then ?1 else ?1 + 1 end, lane_until = null, behind = 0,
       lane_at = case when order_key is null then null else ?1 + 1 end where seq = ?2`,
    )
    this.#problem = db.prepare("update messages set problem = ? where seq = ?")
    this.#expiresAt = db.prepare("update messages set expires_at = ? where seq = ?")
    this.#started = db.prepare("select 1 from calls where message = ? limit 1")
  }

  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => settlements.map((settlement) => this.#settleOne(settlement, after)),
      beforeCommit: "settle.before_commit",
      afterCommit: "settle.after_commit",
    })
  }

  patch(change: MessageChange): Promise<MessageChanged | undefined> {
    return this.#commit.submit({ kind: "inside", work: (after) => this.#patchOne(change, after) })
  }

  #settleOne(settlement: Settlement, after: AfterCommit): boolean {
    const { messageId, number, finishedAt, patches, problem } = settlement
    const message = this.#message.get(messageId)
    if (message === undefined || !this.#settleCall(integer(message, "seq"), settlement)) return false
    if (settlement.final && (settlement.result === "refused" || settlement.result === "not_sent")) {
      this.#freeBody.run(text(message, "app"), messageId, number, integer(message, "seq"))
    }
    this.#noteProblem(message, problem)
    if (patches.length > 0) this.#apply(messageId, message, patches, { at: finishedAt, toldByCall: true }, after)
    return true
  }

  #settleCall(seq: number, settlement: Settlement): boolean {
    const { number, attempt, finishedAt, result, errcode, errmsg, reason, msgid, responseCode, retryAt } = settlement
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
      settlement.spent ? 1 : 0,
      result === "in_doubt" ? 1 : 0,
      seq,
      number,
      attempt,
      this.#run,
    )
    return changes === 1
  }

  #patchOne(change: MessageChange, after: AfterCommit): MessageChanged | undefined {
    const { messageId, at, patches } = change
    const message = this.#message.get(messageId)
    if (message === undefined) return undefined
    const seq = integer(message, "seq")
    const closedCalls = [
      ...this.#closeCalls(seq, change.closeCalls, 0),
      ...this.#closeCalls(seq, change.abandonCalls, 1),
    ]
    for (const number of change.recalledCalls ?? []) this.#recalled.run(at, seq, number)
    if (change.expiresAt !== undefined) this.#expiresAt.run(change.expiresAt, seq)
    this.#noteProblem(message, change.problem)
    const isHeld = this.#calls.heldPositions(seq)
    const { counts, changed } = this.#apply(
      messageId,
      message,
      patches,
      isHeld === undefined ? { at } : { at, isHeld },
      after,
    )
    this.#claims.disturb(messageId)
    const isStarted = counts.pending > 0 && this.#started.get(seq) !== undefined
    const state = messageState({ counts, started: isStarted, sendAt: integer(message, "send_at") }, at)
    return { state, counts, changed, closedCalls }
  }

  #closeCalls(seq: number, numbers: readonly number[] = [], evenIfArrived: 0 | 1): number[] {
    return numbers.filter((number) => this.#close.run(seq, number, this.#run, evenIfArrived).changes === 1)
  }

  #noteProblem(message: Row, problem: MessageProblem | null | undefined): void {
    if (problem === undefined) return
    this.#problem.run(problem === null ? null : JSON.stringify(problem), integer(message, "seq"))
  }

  #apply(
    messageId: string,
    message: Row,
    patches: readonly RecipientPatch[],
    context: PatchContext,
    after: AfterCommit,
  ): { counts: StateCounts; changed: number } {
    const seq = integer(message, "seq")
    const inline = optionalText(message, "chunk")
    const chunks =
      inline === undefined
        ? this.#chunks.readRows(seq, new Set(patches.map(({ chunk }) => chunk)))
        : new Map([[0, unpackChunk(0, inline)]])
    const applied = applyPatches(unpackCounts(text(message, "counts")), chunks, patches, context)
    if (applied.changed === 0) return applied
    let newInline: string | null = null
    for (const chunk of chunks.values()) {
      if (!applied.touched.has(chunk.index)) continue
      if (inline === undefined) this.#chunks.writeRow(seq, chunk)
      else newInline = packChunk(chunk)
    }
    this.#move(messageId, message, applied.counts, newInline, context.at, after)
    return applied
  }

  #move(
    messageId: string,
    message: Row,
    counts: StateCounts,
    inline: string | null,
    at: number,
    after: AfterCommit,
  ): void {
    const seq = integer(message, "seq")
    const app = text(message, "app")
    const finishedBefore = optionalInteger(message, "finished_at")
    const { finalState, finishedAt, event } = progress(finishedBefore, counts, at)
    const isFinished = finalState !== undefined
    this.#update.run(finalState ?? "open", packCounts(counts), finishedAt ?? null, inline, isFinished ? 1 : 0, seq)
    if (event === undefined) return
    const state = finalState ?? messageState({ counts, started: this.#started.get(seq) !== undefined, sendAt: 0 }, at)
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
      this.#backlog.change(app, toPriority(message), -1)
      if (hasSuccessor) this.#backlog.wake()
    })
  }

  #reopened(message: Row, at: number, after: AfterCommit): void {
    this.#reopen.run(at, integer(message, "seq"))
    after(() => {
      this.#backlog.change(text(message, "app"), toPriority(message), 1)
      this.#backlog.wake()
    })
  }
}

export interface ChangesDeps {
  readonly commit: GroupCommit
  readonly backlog: Backlog
  readonly claims: Claims
  readonly lanes: Lanes
  readonly events: SqliteEvents
  readonly chunks: ChunkRows
  readonly calls: Calls
  readonly run: number
}
