import { sql } from "kysely"
import { messageState } from "@wecom-push/protocol/delivery"
import type { StateCounts } from "@wecom-push/protocol/delivery"
import { applyUpdates } from "../../model/apply-updates.ts"
import type { UpdateContext } from "../../model/apply-updates.ts"
import { progress } from "../../model/message-progress.ts"
import type { Lifetime, MessageProblem } from "../../model/message.ts"
import type { RecipientChunk } from "../../model/recipients.ts"
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
import { toPriority } from "../message-row.ts"
import { packChunk } from "../../model/pack-chunk.ts"
import { packCounts } from "../pack-counts.ts"
import { integer, optionalInteger, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"
import { Batcher } from "./batcher.ts"
import { freeBodies } from "./bodies.ts"
import { heldPositions, keyOf } from "./calls.ts"
import type { Claims, HeldClaim } from "./claims.ts"
import { readChunks, writeChunks } from "./chunk-rows.ts"
import type { ChunkPlace } from "./chunk-rows.ts"
import { dueTime } from "./due-time.ts"
import type { NewEvent } from "../../model/ports/events.ts"
import type { PostgresEvents } from "./events.ts"
import type { JobWindow } from "./job-window.ts"
import type { Group } from "./window-floors.ts"
import { leavingQueues } from "./member-queues.ts"
import type { Jobs } from "./jobs.ts"
import { advanceLane, letGoOn, lockLanesOf } from "./lanes.ts"
import type { Lane } from "./lanes.ts"
import { lockMessages } from "./locked-messages.ts"
import type { LockedMessage } from "./locked-messages.ts"
import { LOCKS } from "./locks.ts"
import { NOW } from "./time.ts"
import type { AfterCommit, Transactions, Tx } from "./transactions.ts"
import { turnQueueOf } from "./turn-queue.ts"
import type { QueuedJob, QueuedRow } from "./turn-queue.ts"
import type { UnfinishedChange } from "./unfinished.ts"

export interface ChangesDeps {
  readonly transactions: Transactions
  readonly events: PostgresEvents
  readonly window: JobWindow
  readonly jobs: Jobs
  readonly claims: Pick<Claims, "by" | "end">
  /** Number of this node. */
  readonly node: number
}

/** Changes of recipients, and so of their message. */
export class Changes {
  readonly #deps: ChangesDeps
  readonly #batcher: Batcher<readonly Settlement[], readonly boolean[]>
  readonly #abandoning: Batcher<MessageChange, Changed>

  constructor(deps: ChangesDeps) {
    this.#deps = deps
    this.#batcher = new Batcher({
      perform: (items) => deps.transactions.run((tx, after) => this.#settleAll(tx, items, after), "settle"),
      mostAtOnce: MOST_AT_ONCE,
      mostUnderWay: MOST_UNDER_WAY,
    })
    this.#abandoning = new Batcher({
      perform: (items) => deps.transactions.run((tx, after) => this.#change(tx, items, after)),
      mostAtOnce: MOST_ABANDONED_AT_ONCE,
      mostUnderWay: MOST_UNDER_WAY,
    })
  }

  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    return this.#batcher.submit(settlements)
  }

  async update(change: MessageChange): Promise<MessageChanged | undefined> {
    // There are thousands of these at once after a restore. They change no call of another message, so none waits for
    // another.
    if (change.abandonCalls !== undefined && change.closeCalls === undefined) {
      return (await this.#abandoning.submit(change)).message
    }
    const [changed] = await this.#deps.transactions.run((tx, after) => this.#change(tx, [change], after))
    return changed?.message
  }

  async endUnbegun(ending: Ending): Promise<readonly Ended[]> {
    const ended: Ended[] = []
    for (let from = 0; from < ending.messageIds.length; from += MOST_ENDED_AT_ONCE) {
      const messageIds = ending.messageIds.slice(from, from + MOST_ENDED_AT_ONCE)
      ended.push(...(await this.#deps.transactions.run((tx, after) => this.#end(tx, { ...ending, messageIds }, after))))
    }
    return ended
  }

  /** One node does this at a time: two would wait for the same messages. */
  endExpired({ at, expiredBy, setByMs, limit }: ExpiredEnding): Promise<ExpiredEnded> {
    return this.#deps.transactions.run(async (tx, after) => {
      await sql`select pg_advisory_xact_lock(${LOCKS.expiry})`.execute(tx)
      // Unordered: sorting all of them for each slice takes longer than everything else. No join, which would read both
      // tables whole.
      const { rows } = await sql<{ id: string }>`select id from wecom_push.messages
        where state = 'open' and expires_at <= least(${expiredBy}::bigint, ${NOW}) and worker is null
          and (not expiry_moves or expires_at + ${setByMs}::bigint - clock_set <= least(${expiredBy}::bigint, ${NOW}))
          and chunk is not null and (select 1 from wecom_push.calls where message = messages.seq limit 1) is null
        limit ${limit}`.execute(tx)
      const messageIds = rows.map(({ id }) => id)
      const ended = await this.#end(tx, { messageIds, state: "expired", at }, after)
      return { ended, more: messageIds.length === limit && ended.length > 0 }
    })
  }

  async #end(tx: Tx, { messageIds, state, at }: Ending, after: AfterCommit): Promise<readonly Ended[]> {
    if (messageIds.length === 0) return []
    await lockLanesOf(tx, messageIds)
    const locked = await lockMessages(tx, messageIds)
    // Checked once they are locked: a message may have begun, or have been claimed, meanwhile.
    const { rows } = await sql<{ id: string }>`select id from wecom_push.messages
      where seq = any(${[...locked.values()].map(({ seq }) => seq)}::bigint[])
        and state = 'open' and worker is null and chunk is not null
        and not exists (select from wecom_push.calls where message = messages.seq)`.execute(tx)
    const untouched = new Map(
      rows.flatMap(({ id }) => {
        const message = locked.get(id)
        return message === undefined ? [] : [[id, message] as const]
      }),
    )
    const changing = await ChangingMessages.read(tx, untouched, [])
    const updates = [{ chunk: 0, slots: "all", from: ["pending"], state } as const]
    const ended = [...untouched.keys()].flatMap((messageId) => {
      const message = changing.get(messageId)
      if (message === undefined) return []
      return { messageId, app: message.group.app, recipients: message.change({ messageId, at, updates }, { at }) }
    })
    await this.#store(tx, changing, after)
    return ended
  }

  async delayCall({ messageId, number }: CallRef, attempt: number, { untilMs, reason }: CallDelay): Promise<void> {
    await this.#deps.transactions.single((db) =>
      sql`with call as (select seq as message, ${number}::integer as number from wecom_push.messages
          where id = ${messageId})
        update wecom_push.calls set retry_at = ${untilMs}, reason = ${reason}
        from (select message, number from call
            union all select riding.message, riding.number from call
            join wecom_push.calls as riding on riding.host = call.message and riding.host_number = call.number) as of_call
        where calls.message = of_call.message and calls.number = of_call.number
          and attempts = ${attempt} and not final and flight is distinct from ${this.#deps.node}`.execute(db),
    )
  }

  async #settleAll(
    tx: Tx,
    items: readonly (readonly Settlement[])[],
    after: AfterCommit,
  ): Promise<readonly (readonly boolean[])[]> {
    const all = items.flat()
    const ids = all.map(({ messageId }) => messageId)
    await lockLanesOf(tx, ids)
    const messages = await lockMessages(tx, ids)
    const changing = await ChangingMessages.read(tx, messages, all)
    const settled = new Set<Settlement>()
    for (let left: readonly Settlement[] = all; left.length > 0;) {
      const round = firstOfEach(left)
      for (const one of await this.#settleRound(tx, round, changing)) settled.add(one)
      const inRound = new Set(round)
      left = left.filter((one) => !inRound.has(one))
    }
    await this.#store(tx, changing, after, this.#deps.node)
    return items.map((settlements) => settlements.map((settlement) => settled.has(settlement)))
  }

  /** Settles at most one settlement of each call. @returns those that counted */
  async #settleRound(
    tx: Tx,
    settlements: readonly Settlement[],
    changing: ChangingMessages,
  ): Promise<readonly Settlement[]> {
    const rows = settlements.flatMap((settlement) => {
      const message = changing.get(settlement.messageId)
      return message === undefined ? [] : toSettleRow(settlement, message.seq)
    })
    const { rows: found } = await sql<SettledRow>`update wecom_push.calls set
        flight = null, final = done.final, finished_at = done.finished_at, result = done.result, errcode = done.errcode,
        errmsg = done.errmsg, reason = done.reason, msgid = coalesce(done.msgid, calls.msgid),
        response_code = coalesce(done.response_code, calls.response_code), retry_at = done.retry_at,
        spent = calls.spent + done.spent, crashes = 0,
        may_have_arrived = calls.may_have_arrived or done.result = 'in_doubt'
      from json_to_recordset(${JSON.stringify(rows)}::json) as done(message bigint, number integer, attempt integer,
        final boolean, finished_at bigint, result text, errcode integer, errmsg text, reason text, msgid text,
        response_code text, retry_at bigint, spent integer)
      where calls.message = done.message and calls.number = done.number and calls.attempts = done.attempt
        and calls.flight = ${this.#deps.node}
      returning calls.message, calls.number, agent, guard, may_have_arrived`.execute(tx)
    const counted = new Map(found.map((row) => [keyOf(row), row]))
    const settled: Settlement[] = []
    for (const settlement of settlements) {
      const message = changing.get(settlement.messageId)
      const row = message && counted.get(keyOf({ message: message.seq, number: settlement.number }))
      if (message === undefined || row === undefined) continue
      settled.push(settlement)
      message.settle(settlement)
    }
    await freeBodies(
      tx,
      settled.flatMap(({ messageId, number, final, result }) => {
        const row = counted.get(keyOf({ message: changing.get(messageId)?.seq ?? 0, number }))
        if (!final || (result !== "refused" && result !== "not_sent")) return []
        if (row === undefined || row.may_have_arrived || row.agent === null || row.guard === null) return []
        return { agent: row.agent, hash: row.guard, messageId, number }
      }),
    )
    return settled
  }

  /** The result is undefined for a second change of one message, which goes into the next batch. */
  async #change(
    tx: Tx,
    changes: readonly MessageChange[],
    after: AfterCommit,
  ): Promise<readonly (Changed | undefined)[]> {
    const first = new Map<string, MessageChange>()
    for (const change of changes) if (!first.has(change.messageId)) first.set(change.messageId, change)
    const ids = [...first.keys()]
    await lockLanesOf(tx, ids)
    const messages = await lockMessages(tx, ids)
    const changing = await ChangingMessages.read(tx, messages, [...first.values()])
    const changed = new Map<MessageChange, Changed>()
    for (const change of first.values()) {
      const message = changing.get(change.messageId)
      changed.set(change, { message: message && (await this.#changeOne(tx, change, message, after)) })
    }
    await this.#store(tx, changing, after)
    for (const { messageId, holdsLaneUntil } of first.values()) {
      const message = changing.get(messageId)
      if (message !== undefined && holdsLaneUntil !== undefined) {
        await this.#letLaneGoOn(tx, message, holdsLaneUntil, after)
      }
    }
    return changes.map((change) => changed.get(change))
  }

  async #changeOne(
    tx: Tx,
    change: MessageChange,
    message: ChangingMessage,
    after: AfterCommit,
  ): Promise<MessageChanged> {
    const { at } = change
    const woken = new Map<number, number>()
    const closedCalls: number[] = []
    for (const number of change.closeCalls ?? []) {
      if (await this.#closeForAll(tx, message.seq, number, at, woken)) closedCalls.push(number)
    }
    for (const number of change.abandonCalls ?? []) {
      if (await this.#closeOne(tx, message.seq, number, true)) closedCalls.push(number)
    }
    const recalled = change.recalledCalls ?? []
    if (recalled.length > 0) {
      await sql`update wecom_push.calls set recalled_at = ${at}
        where message = ${message.seq} and number = any(${recalled}::integer[])`.execute(tx)
    }
    const isHeld = await heldPositions(tx, message.seq)
    const changed = message.change(change, isHeld === undefined ? { at } : { at, isHeld })
    const isStarted = message.counts.pending > 0 && (await hasCalls(tx, message.seq))
    const sendAt = integer(message.stored.row, "send_at")
    const state = messageState({ counts: message.counts, started: isStarted, sendAt }, at)
    message.tellState(state)
    await this.#makeDue(tx, woken, after)
    return { state, counts: message.counts, changed, closedCalls }
  }

  /**
   * Closes a shared call for all its messages: its bytes name the recipients of all of them, so without one message it
   * would be another call.
   */
  async #closeForAll(tx: Tx, seq: number, number: number, at: number, woken: Map<number, number>): Promise<boolean> {
    const { rows } = await sql<{ host: number | null; host_number: number | null }>`select host, host_number
      from wecom_push.calls where message = ${seq} and number = ${number}`.execute(tx)
    const [row] = rows
    if (row === undefined) return false
    const host = { message: row.host ?? seq, number: row.host_number ?? number }
    const { rows: shares } = await sql<{ message: number; number: number }>`select message, number from wecom_push.calls
      where host = ${host.message} and host_number = ${host.number} and not final order by message`.execute(tx)
    if (!(await this.#closeOne(tx, host.message, host.number, false))) return false
    for (const share of shares) await this.#closeOne(tx, share.message, share.number, false)
    for (const other of [host, ...shares]) if (other.message !== seq) woken.set(other.message, at)
    return true
  }

  async #closeOne(tx: Tx, seq: number, number: number, evenIfArrived: boolean): Promise<boolean> {
    const { rows } = await sql<SettledRow & { id: string }>`update wecom_push.calls set final = true, flight = null,
        retry_at = null, reason = null, may_have_arrived = may_have_arrived or flight is not null,
        result = coalesce(result, 'in_doubt')
      from wecom_push.messages
      where messages.seq = calls.message and calls.message = ${seq} and calls.number = ${number} and not final
        and (flight is null or flight <> ${this.#deps.node})
        and (${evenIfArrived} or (not may_have_arrived and flight is null))
      returning calls.message, calls.number, agent, guard, may_have_arrived, messages.id`.execute(tx)
    const [closed] = rows
    if (closed === undefined) return false
    if (!closed.may_have_arrived && closed.agent !== null && closed.guard !== null) {
      await freeBodies(tx, [{ agent: closed.agent, hash: closed.guard, messageId: closed.id, number }])
    }
    return true
  }

  async #letLaneGoOn(tx: Tx, { seq }: ChangingMessage, until: number, after: AfterCommit): Promise<void> {
    const { rows } = await sql<Row>`update wecom_push.messages set lane_until = ${until}
      where seq = ${seq} and state = 'open' and order_key is not null returning app, order_key, lane_at`.execute(tx)
    for (const row of rows) {
      const lane = { app: text(row, "app"), orderKey: text(row, "order_key"), laneAt: integer(row, "lane_at") }
      await this.#deps.window.fill(tx, await letGoOn(tx, { seq, ...lane }, until), after)
    }
  }

  /** Makes messages due. A worker that has one of them meanwhile has to look again. */
  async #makeDue(tx: Tx, woken: ReadonlyMap<number, number>, after: AfterCommit): Promise<void> {
    if (woken.size === 0) return
    const rows = [...woken].map(([seq, at]) => ({ seq, at }))
    const { rows: due } = await sql<DueRow>`
      update wecom_push.messages set due_at = ${dueTime(sql`woken.at`, sql`before.due_at`)}, version = before.version + 1,
        job = case when before.worker is null then null else before.job end
      from json_to_recordset(${JSON.stringify(rows)}::json) as woken(seq bigint, at bigint)
      join wecom_push.messages as before on before.seq = woken.seq
      where messages.seq = woken.seq and messages.state = 'open'
      returning messages.id, messages.app, messages.priority, messages.by_holder,
        case when before.worker is null then before.job end as dropped`.execute(tx)
    await this.#deps.jobs.drop(tx, due.flatMap(toDropped))
    await this.#deps.window.fill(
      tx,
      due.map((row) => ({ app: row.app, priority: toPriority({ ...row }) })),
      after,
    )
  }

  async #endTurns(tx: Tx, dropped: readonly DroppedJob[], after: AfterCommit): Promise<void> {
    const { claims, jobs } = this.#deps
    const [held, others]: [HeldClaim[], DroppedJob[]] = [[], []]
    for (const one of dropped) {
      const own = claims.by(one.message, one.id)
      if (own === undefined) others.push(one)
      else held.push(own)
    }
    await jobs.finish(
      tx,
      held.map(({ job }) => job),
    )
    await jobs.drop(tx, others)
    after(() => held.forEach((one) => claims.end(one)))
  }

  /**
   * @param endingFor the node whose turns at finished messages end here: giving each of them back would take another
   * transaction
   */
  async #store(tx: Tx, changing: ChangingMessages, after: AfterCommit, endingFor?: number): Promise<void> {
    const changed = changing.changed()
    const dropped = await writeMessages(tx, changed, endingFor)
    await this.#endTurns(tx, dropped, after)
    await writeChunks(
      tx,
      changed.flatMap((message) => message.changedRows()),
    )
    const due: Group[] = [...dropped, ...changed.flatMap((message) => (message.isDue ? message.group : []))]
    const first: number[] = []
    for (const lane of changed.flatMap((message) => message.freedLane ?? [])) {
      const { groups, holder } = await advanceLane(tx, lane)
      due.push(...groups)
      if (holder !== undefined) first.push(holder)
    }
    if (due.length > 0) await this.#deps.window.fill(tx, due, after, first)
    this.#deps.events.write(
      tx,
      changed.flatMap(({ events }) => events),
      after,
      changed.flatMap(({ unfinishedChange }) => unfinishedChange ?? []),
    )
  }
}

interface Changed {
  /** Undefined for an unknown id. */
  readonly message: MessageChanged | undefined
}

interface DroppedJob extends Group, QueuedJob {
  readonly message: string
}

interface SettledRow {
  readonly message: number
  readonly number: number
  readonly agent: number | null
  readonly guard: string | null
  readonly may_have_arrived: boolean
}

/** The locked messages, with their changes. */
class ChangingMessages {
  readonly #byId: ReadonlyMap<string, ChangingMessage>

  private constructor(byId: ReadonlyMap<string, ChangingMessage>) {
    this.#byId = byId
  }

  static async read(
    tx: Tx,
    messages: ReadonlyMap<string, LockedMessage>,
    changes: readonly { readonly messageId: string; readonly updates: readonly RecipientUpdate[] }[],
  ): Promise<ChangingMessages> {
    const places = new Map<string, ChunkPlace>()
    for (const { messageId, updates } of changes) {
      const message = messages.get(messageId)
      if (message === undefined || message.chunk !== undefined) continue
      for (const { chunk } of updates) places.set(`${message.seq} ${chunk}`, { message: message.seq, place: chunk })
    }
    const chunks = await readChunks(tx, [...places.values()])
    return new ChangingMessages(
      new Map([...messages].map(([id, message]) => [id, new ChangingMessage(message, chunks.get(message.seq))])),
    )
  }

  get(id: string): ChangingMessage | undefined {
    return this.#byId.get(id)
  }

  changed(): readonly ChangingMessage[] {
    return [...this.#byId.values()].filter(({ isChanged }) => isChanged)
  }
}

class ChangingMessage {
  readonly stored: LockedMessage
  readonly seq: number
  counts: StateCounts
  isChanged = false
  /** This message, or the next of its lane, may be due now. */
  isDue = false
  freedLane: Lane | undefined
  readonly events: NewEvent[] = []
  readonly #chunks: ReadonlyMap<number, RecipientChunk>
  readonly #touched = new Set<number>()
  #finishedAt: number | undefined
  #finalState: string | undefined
  #reopenedAt: number | undefined
  #dueAt: number | undefined
  #expiry: Lifetime | undefined
  #problem: MessageProblem | null | undefined
  #isDisturbed = false

  constructor(stored: LockedMessage, chunks: ReadonlyMap<number, RecipientChunk> | undefined) {
    this.stored = stored
    this.seq = stored.seq
    this.counts = stored.counts
    this.#chunks = stored.chunk === undefined ? (chunks ?? new Map()) : new Map([[0, stored.chunk]])
    this.#finishedAt = optionalInteger(stored.row, "finished_at")
    const state = text(stored.row, "state")
    this.#finalState = state === "open" ? undefined : state
  }

  /** Undefined when it did not change between finished and unfinished. */
  get unfinishedChange(): UnfinishedChange | undefined {
    const wasOpen = text(this.stored.row, "state") === "open"
    const isOpen = this.#finalState === undefined
    if (wasOpen === isOpen) return undefined
    return { ...this.group, keyId: text(this.stored.row, "key_id"), by: isOpen ? 1 : -1 }
  }

  /** Undefined while it is not finished. */
  get finishedId(): string | undefined {
    return this.#finalState === undefined ? undefined : this.stored.id
  }

  get group(): Group {
    return { app: text(this.stored.row, "app"), priority: toPriority(this.stored.row) }
  }

  settle({ finishedAt, updates, problem, dueAt }: Settlement): void {
    this.#noteProblem(problem)
    if (updates.length > 0) this.#apply(updates, { at: finishedAt, timedByCall: true })
    if (dueAt === undefined || this.#finalState !== undefined) return
    this.#dueAt = dueAt
    this.isChanged = this.isDue = this.#isDisturbed = true
  }

  /** @returns how many recipients changed */
  change({ updates, problem, expiry }: MessageChange, context: UpdateContext): number {
    this.#noteProblem(problem)
    if (expiry !== undefined) this.#expiry = expiry
    this.isChanged = this.#isDisturbed = true
    return this.#apply(updates, context)
  }

  /** Sets the state in the message's last event, where it depends on its calls. */
  tellState(state: string): void {
    const last = this.events.at(-1)
    if (last?.type === "message.reopened") this.events.splice(-1, 1, { ...last, data: { ...last.data, state } })
  }

  changedRows(): { readonly message: number; readonly chunk: RecipientChunk }[] {
    if (this.stored.chunk !== undefined) return []
    return [...this.#touched].flatMap((index) => {
      const chunk = this.#chunks.get(index)
      return chunk === undefined ? [] : { message: this.seq, chunk }
    })
  }

  toRow(): object {
    const { chunk } = this.stored
    return {
      seq: this.seq,
      state: this.#finalState ?? "open",
      counts: packCounts(this.counts),
      finished_at: this.#finishedAt ?? null,
      is_finished: this.#finalState !== undefined,
      reopened_at: this.#reopenedAt ?? null,
      due_at: this.#dueAt ?? null,
      expires_at: this.#expiry?.expiresAt ?? null,
      clock_set: this.#expiry?.clockSetMs ?? null,
      has_problem: this.#problem !== undefined,
      problem: this.#problem === undefined || this.#problem === null ? null : JSON.stringify(this.#problem),
      chunk: chunk !== undefined && this.#touched.has(0) ? packChunk(chunk) : null,
      disturbed: this.#isDisturbed ? 1 : 0,
    }
  }

  #noteProblem(problem: MessageProblem | null | undefined): void {
    if (problem === undefined) return
    this.#problem = problem
    this.isChanged = true
  }

  #apply(updates: readonly RecipientUpdate[], context: UpdateContext): number {
    const applied = applyUpdates(this.counts, this.#chunks, updates, context)
    if (applied.changed === 0) return 0
    this.isChanged = true
    for (const index of applied.touched) this.#touched.add(index)
    this.counts = applied.counts
    this.#move(context.at)
    return applied.changed
  }

  #move(at: number): void {
    const { finalState, finishedAt, event } = progress(this.#finishedAt, this.counts, at)
    this.#finalState = finalState
    this.#finishedAt = finishedAt
    if (event === undefined) return
    const { app } = this.group
    const state = finalState ?? "sending"
    this.events.push({ at, type: event, app, messageId: this.stored.id, data: { state, counts: this.counts } })
    if (event === "message.finished") this.#finished()
    if (event === "message.reopened") {
      this.#reopenedAt = at
      this.isDue = true
    }
  }

  #finished(): void {
    this.#reopenedAt = undefined
    const orderKey = optionalText(this.stored.row, "order_key")
    if (orderKey !== undefined) this.freedLane = { app: this.group.app, orderKey }
  }
}

/** The first settlement of each call: a statement changes a row only once. */
function firstOfEach(settlements: readonly Settlement[]): readonly Settlement[] {
  const first = new Map<string, Settlement>()
  for (const settlement of settlements) {
    const key = `${settlement.messageId} ${settlement.number}`
    if (!first.has(key)) first.set(key, settlement)
  }
  return [...first.values()]
}

function toSettleRow(settlement: Settlement, message: number): object {
  const { number, attempt, final, finishedAt, result, errcode, errmsg, reason, msgid, responseCode, retryAt } =
    settlement
  return {
    message,
    number,
    attempt,
    final,
    finished_at: finishedAt,
    result,
    errcode,
    errmsg,
    reason,
    msgid,
    response_code: responseCode,
    retry_at: retryAt,
    spent: settlement.spent ? 1 : 0,
  }
}

async function hasCalls(tx: Tx, seq: number): Promise<boolean> {
  const { rows } = await sql`select 1 from wecom_push.calls where message = ${seq} limit 1`.execute(tx)
  return rows.length > 0
}

/**
 * A reopened message is due at once, or at its scheduled time; in a lane it comes a millisecond after those that joined
 * in the same millisecond.
 * @param endingFor the node whose turns at finished messages end, if any
 * @returns jobs that are no longer needed: those of messages that are finished, or due at another time, and that no
 * worker has
 */
async function writeMessages(
  tx: Tx,
  changed: readonly ChangingMessage[],
  endingFor: number | undefined,
): Promise<readonly DroppedJob[]> {
  if (changed.length === 0) return []
  const joinsAt = sql`case when before.send_at > before.accepted_at then greatest(now.reopened_at, before.send_at)
    else now.reopened_at end`
  const isEnding = sql`now.is_finished and before.worker = ${endingFor ?? null}::integer`
  const isDropped = sql`before.job is not null and ((${isEnding}) is true
    or (before.worker is null and (now.is_finished or now.reopened_at is not null or now.due_at is not null)))`
  const rows = JSON.stringify(changed.map((message) => message.toRow()))
  const { rows: written } = await sql<DueRow>`
    ${leavingQueues(changed.flatMap((message) => message.finishedId ?? []))}
    update wecom_push.messages set state = now.state, counts = now.counts, finished_at = now.finished_at,
      chunk = coalesce(now.chunk, before.chunk), version = before.version + now.disturbed,
      expires_at = coalesce(now.expires_at, before.expires_at),
      clock_set = coalesce(now.clock_set, before.clock_set),
      problem = case when now.has_problem then now.problem else before.problem end,
      due_at = case when now.is_finished then null
        when now.reopened_at is not null then ${dueTime(sql`${joinsAt} + (before.order_key is not null)::integer`)}
        else coalesce(${dueTime(sql`now.due_at`, sql`before.due_at`)}, before.due_at) end,
      job = case when ${isDropped} then null else before.job end,
      worker = case when ${isEnding} then null else before.worker end,
      reopened_at = case when now.reopened_at is null then before.reopened_at else ${joinsAt} end,
      lane_until = case when now.reopened_at is null then before.lane_until end,
      behind = before.behind and now.reopened_at is null,
      lane_at = case when now.reopened_at is null or before.order_key is null then before.lane_at
        else ${joinsAt} + 1 end
    from json_to_recordset(${rows}::json) as now(seq bigint, state text, counts text, finished_at bigint,
      is_finished boolean, reopened_at bigint, due_at bigint, expires_at bigint, clock_set bigint, has_problem boolean, problem text,
      chunk text, disturbed integer)
    join wecom_push.messages as before on before.seq = now.seq
    where messages.seq = now.seq
    returning messages.id, messages.app, messages.priority, messages.by_holder, case when ${isDropped} then before.job end as dropped`.execute(
    tx,
  )
  return written.flatMap(toDropped)
}

interface DueRow extends QueuedRow {
  readonly id: string
  readonly app: string
  readonly dropped: string | null
}

function toDropped({ id: message, app, dropped: id, ...row }: DueRow): DroppedJob[] {
  return id === null ? [] : [{ message, app, priority: toPriority({ ...row }), queue: turnQueueOf(row), id }]
}

const MOST_AT_ONCE = 256
const MOST_ENDED_AT_ONCE = 1000
/** Each of them may have twenty thousand recipients. */
const MOST_ABANDONED_AT_ONCE = 100
const MOST_UNDER_WAY = 2
