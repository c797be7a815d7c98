import { crc32 } from "node:zlib"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type {
  BriefCall,
  CallRef,
  CallStart,
  FrozenCall,
  NewCall,
  NewCallShare,
  StartedCall,
} from "../../model/ports/outbox.ts"
import { PositionSet } from "../../model/compact/position-set.ts"
import { chunkOf, slotOf, positionAt } from "../../model/recipients.ts"
import type { RecipientPosition } from "../../model/recipients.ts"
import type { Parties } from "../cold/parties.ts"
import type { Bodies, BodyKey, SentBody } from "./bodies.ts"
import { packPositions, unpackPositions } from "../pack-positions.ts"
import { BRIEF_CALL, toBriefCall } from "../brief-call.ts"
import { kindOf, storedKind } from "../call-kind.ts"
import { toWait } from "../call-delay.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import type { Claims, HeldClaim } from "./claims.ts"
import type { ClockJumps } from "./clock-jumps.ts"
import type { SqliteCold } from "./cold.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import type { LargeTexts } from "./large-texts.ts"
import { integer, optionalInteger, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"

export interface CallsDeps {
  readonly commit: GroupCommit
  readonly cold: Pick<SqliteCold, "perform">
  readonly parties: Parties
  readonly claims: Claims
  readonly chunks: ChunkRows
  readonly bodies: Bodies
  readonly largeTexts: LargeTexts
  readonly jumps: ClockJumps
  /** Number of this run of the process: the end of an earlier run cut off its attempts. */
  readonly run: number
  readonly restoredAt: number | undefined
}

/** Calls: their frozen bytes, and the start of each attempt. */
export class Calls {
  readonly #commit: GroupCommit
  readonly #cold: Pick<SqliteCold, "perform">
  readonly #parties: Parties
  readonly #claims: Claims
  readonly #chunks: ChunkRows
  readonly #bodies: Bodies
  readonly #largeTexts: LargeTexts
  readonly #jumps: ClockJumps
  readonly #run: number
  readonly #restoredAt: number | undefined
  readonly #open: StatementSync
  readonly #openOne: StatementSync
  readonly #brief: StatementSync
  readonly #held: StatementSync
  readonly #insert: StatementSync
  readonly #call: StatementSync
  readonly #again: StatementSync
  readonly #keepAttempt: StatementSync
  readonly #guard: StatementSync
  readonly #exists: StatementSync
  readonly #insertRide: StatementSync
  readonly #markStarted: StatementSync
  readonly #shares: StatementSync
  readonly #host: StatementSync

  constructor(
    db: DatabaseSync,
    { commit, cold, parties, claims, chunks, bodies, largeTexts, jumps, run, restoredAt }: CallsDeps,
  ) {
    this.#commit = commit
    this.#cold = cold
    this.#parties = parties
    this.#claims = claims
    this.#chunks = chunks
    this.#bodies = bodies
    this.#largeTexts = largeTexts
    this.#jumps = jumps
    this.#run = run
    this.#restoredAt = restoredAt
    this.#open = db.prepare(
      `select calls.* from calls join messages on messages.seq = calls.message
       where messages.id = ? and final = 0 order by number`,
    )
    this.#openOne = db.prepare(
      `select calls.* from calls join messages on messages.seq = calls.message
       where messages.id = ? and number = ? and final = 0`,
    )
    this.#brief = db.prepare(
      `select ${BRIEF_CALL}, in_flight_by, clock_offset_ms from calls
       where message = (select seq from messages where id = ?) and final = 0 order by number`,
    )
    this.#held = db.prepare("select positions from calls where message = ? and final = 0")
    this.#insert = db.prepare(`insert into calls
      (message, number, part, final, in_flight_by, attempts, spent, crashes, may_have_arrived, first_try_at, started_at,
       clock_offset_ms, check_seconds, agent, kind, guard, positions, checksum, body)
      values (?, ?, ?, 0, ?, 1, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`)
    this.#call = db.prepare("select * from calls where message = ? and number = ? and final = 0")
    this.#again = db.prepare(`update calls set
      attempts = attempts + 1, in_flight_by = ?1, crashes = ?2, may_have_arrived = ?3, started_at = ?4, retry_at = null,
      first_try_at = case when ?3 then first_try_at + ?7 - clock_offset_ms else ?4 end, clock_offset_ms = ?7,
      finished_at = null, result = null, errcode = null, errmsg = null, reason = null
      where message = ?5 and number = ?6`)
    this.#keepAttempt = db.prepare(`insert into attempts
      (message, call, number, started_at, finished_at, result, errcode, errmsg)
      select message, number, attempts, started_at, finished_at, coalesce(result, 'in_doubt'), errcode, errmsg
      from calls where message = ? and number = ?`)
    this.#guard = db.prepare("select agent, guard from calls where message = ? and number = ?")
    this.#exists = db.prepare("select 1 from calls where message = ? and number = ?")
    this.#insertRide = db.prepare(`insert into calls
      (message, number, part, final, in_flight_by, attempts, spent, crashes, may_have_arrived, first_try_at, started_at,
       clock_offset_ms, check_seconds, positions, checksum, body, host, host_number)
      values (?, ?, ?, 0, ?, 1, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#markStarted = db.prepare("update messages set started = 1 where seq = ? and started = 0 and state = 'open'")
    this.#shares = db.prepare(`select message, number, messages.id as id from calls
      join messages on messages.seq = calls.message where host = ? and host_number = ? and final = 0 order by message`)
    this.#host = db.prepare("select id from messages where seq = ?")
  }

  openCalls(messageId: string, number?: number): readonly FrozenCall[] {
    const rows = number === undefined ? this.#open.all(messageId) : this.#openOne.all(messageId, number)
    return rows.map((row) => this.#toFrozenCall(messageId, row))
  }

  openCallsInBrief(messageId: string): readonly BriefCall[] {
    return this.#brief
      .all(messageId)
      .map((row) => toBriefCall(row, this.#jumps.totalMs - integer(row, "clock_offset_ms")))
  }

  begin(starts: readonly CallStart[]): Promise<readonly StartedCall[]> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const started: StartedCall[] = []
        for (const start of starts) {
          const held = this.#claims.holding(start.messageId, start.claim)
          if (held === undefined || held.until <= start.startedAt) continue
          const call =
            start.frozen === undefined ? this.#repeat(held, start) : this.#freeze(held, start, start.frozen, after)
          if (call !== undefined) started.push(call)
        }
        return started
      },
      beforeCommit: "begin.before_commit",
      afterCommit: "begin.after_commit",
    })
  }

  #freeze(
    held: HeldClaim,
    { messageId, number, startedAt, clockSetMs }: CallStart,
    call: NewCall,
    after: AfterCommit,
  ): StartedCall | undefined {
    // The holder of an undisturbed claim has read what is stored; another read would double the cost of every call.
    if (held.disturbed && !this.#arePending(held.seq, call.positions)) return undefined
    const shares = this.#joining(call.shares ?? [], startedAt)
    if (shares === undefined) return undefined
    const agent = this.#cold.perform(this.#parties.idOf(call.party), after)
    const earlier = call.guard === undefined ? undefined : this.#findEarlier(agent, call.guard, startedAt)
    const isGuarded = earlier !== undefined || this.#mayHaveForgotten(call.guard, startedAt)
    const goesUnchecked = isGuarded && call.guard?.bodyWithoutCheck !== undefined
    const body = (goesUnchecked ? call.guard?.bodyWithoutCheck : undefined) ?? call.body
    const checkSeconds = goesUnchecked ? null : call.checkSeconds
    const clockOffsetMs = this.#jumps.totalWhen(clockSetMs)
    const inserted = this.#insert.run(
      held.seq,
      number,
      call.part,
      this.#run,
      startedAt,
      startedAt,
      clockOffsetMs,
      checkSeconds,
      agent,
      storedKind(call.kind),
      call.guard?.hash ?? null,
      packPositions(call.positions),
      crc32(body),
      this.#largeTexts.ofCall(held.seq, number, body),
    )
    if (inserted.changes === 0) return undefined
    if (shares.length > 0) this.noteStarted(held.seq)
    for (const { sharer, share } of shares) {
      this.noteStarted(sharer.seq)
      this.#insertRide.run(
        sharer.seq,
        share.number,
        call.part,
        this.#run,
        startedAt,
        startedAt,
        clockOffsetMs,
        checkSeconds,
        packPositions(share.positions),
        crc32(share.body),
        this.#largeTexts.ofCall(sharer.seq, share.number, share.body),
        held.seq,
        number,
      )
    }
    if (call.guard !== undefined && earlier === undefined) {
      this.#bodies.hold({ agent, hash: call.guard.hash }, { messageId, number, at: startedAt })
    }
    return { messageId, number, attempt: 1, body, checkSeconds, ...(earlier !== undefined && { earlier }) }
  }

  #repeat(held: HeldClaim, { messageId, number, startedAt, clockSetMs }: CallStart): StartedCall | undefined {
    const row = this.#call.get(held.seq, number)
    if (row === undefined) return undefined
    const call = this.#toFrozenCall(messageId, row)
    if (call.phase === "in_flight" || call.body === undefined || call.partOf !== undefined) return undefined
    for (const [seq, itsNumber] of [[held.seq, number] as const, ...this.sharesOf(held.seq, number)]) {
      this.#keepAttempt.run(seq, itsNumber)
      const mayHaveArrived = call.mayHaveArrived ? 1 : 0
      const clockOffsetMs = this.#jumps.totalWhen(clockSetMs)
      this.#again.run(this.#run, call.crashes, mayHaveArrived, startedAt, seq, itsNumber, clockOffsetMs)
    }
    // An attempt that did not arrive restarts its window, and that of the guard, now.
    if (!call.mayHaveArrived) this.#holdBodyOn(held, { messageId, number, at: startedAt })
    return { messageId, number, attempt: call.attempts + 1, body: call.body, checkSeconds: call.checkSeconds }
  }

  /**
   * Inside a transaction: a call of the message has begun. While it is under way, and no message shares it, the call
   * itself shows that; most messages end with it, and need no such write.
   */
  noteStarted(seq: number): void {
    this.#markStarted.run(seq)
  }

  /** @returns undefined when one of them may not begin */
  #joining(
    shares: readonly NewCallShare[],
    startedAt: number,
  ): readonly { sharer: HeldClaim; share: NewCallShare }[] | undefined {
    const joining: { sharer: HeldClaim; share: NewCallShare }[] = []
    for (const share of shares) {
      const held = this.#claims.holding(share.messageId, share.claim)
      if (held === undefined || held.until <= startedAt) return undefined
      if (held.disturbed && !this.#arePending(held.seq, share.positions)) return undefined
      if (this.#exists.get(held.seq, share.number) !== undefined) return undefined
      joining.push({ sharer: held, share })
    }
    return joining
  }

  /** Open shares in a call. */
  sharesOf(seq: number, number: number): readonly (readonly [seq: number, number: number])[] {
    return this.#shares.all(seq, number).map((row) => [integer(row, "message"), integer(row, "number")])
  }

  #findEarlier(agent: number, { hash, windowMs }: NonNullable<NewCall["guard"]>, at: number): SentBody | undefined {
    const earlier = this.#bodies.find({ agent, hash })
    return earlier !== undefined && earlier.at > at - windowMs ? earlier : undefined
  }

  /** An equal body may have gone out between the backup and the restore: with the check WeCom would drop this one. */
  #mayHaveForgotten(guard: NewCall["guard"], at: number): boolean {
    return guard !== undefined && this.#restoredAt !== undefined && this.#restoredAt > at - guard.windowMs
  }

  #holdBodyOn({ seq }: HeldClaim, sent: SentBody): void {
    const key = this.guardOf(seq, sent.number)
    if (key === undefined) return
    const held = this.#bodies.find(key)
    if (held?.messageId === sent.messageId && held.number === sent.number) this.#bodies.hold(key, sent)
  }

  /** The key of a call's body in the collision guard. */
  guardOf(seq: number, number: number): BodyKey | undefined {
    const row = this.#guard.get(seq, number)
    if (row === undefined) return undefined
    const [agent, hash] = [optionalInteger(row, "agent"), optionalText(row, "guard")]
    return agent === undefined || hash === undefined ? undefined : { agent, hash }
  }

  #arePending(seq: number, positions: readonly RecipientPosition[]): boolean {
    const taken = this.heldPositions(seq)
    const chunks = this.#chunks.read(seq, new Set(positions.map(chunkOf)))
    return positions.every((position) => {
      const [chunk, place] = [chunkOf(position), slotOf(position)]
      return chunks.get(chunk)?.states[place] === "pending" && taken?.(chunk, place) !== true
    })
  }

  /** The recipients of calls that are not final; undefined when there are none. */
  heldPositions(seq: number): ((chunk: number, place: number) => boolean) | undefined {
    const rows = this.#held.all(seq)
    if (rows.length === 0) return undefined
    const held = new PositionSet()
    for (const row of rows) held.add(unpackPositions(text(row, "positions")))
    return (chunk, place) => held.has(positionAt(chunk, place))
  }

  #toFrozenCall(messageId: string, row: Row): FrozenCall {
    const body = this.#largeTexts.callBody(integer(row, "message"), integer(row, "number"), text(row, "body"))
    const inFlightBy = optionalInteger(row, "in_flight_by")
    const hasCrashed = inFlightBy !== undefined && inFlightBy !== this.#run
    // The clock has been set since its times were written.
    const jumpedMs = this.#jumps.totalMs - integer(row, "clock_offset_ms")
    return {
      messageId,
      kind: kindOf(row),
      number: integer(row, "number"),
      part: integer(row, "part"),
      body: crc32(body) === integer(row, "checksum") ? body : undefined,
      checkSeconds: optionalInteger(row, "check_seconds") ?? null,
      positions: unpackPositions(text(row, "positions")),
      firstTryAt: integer(row, "first_try_at") + jumpedMs,
      attempts: integer(row, "attempts"),
      spentAttempts: integer(row, "spent"),
      crashes: integer(row, "crashes") + (hasCrashed ? 1 : 0),
      phase: hasCrashed ? "crashed" : inFlightBy === undefined ? "waiting" : "in_flight",
      mayHaveArrived: hasCrashed || integer(row, "may_have_arrived") === 1,
      ...toWait(row, jumpedMs),
      lastErrcode: optionalInteger(row, "errcode"),
      ...this.#company(row),
    }
  }

  #company(row: Row): Pick<FrozenCall, "shares" | "partOf"> {
    const host = optionalInteger(row, "host")
    if (host !== undefined) {
      const messageId = text(this.#host.get(host) ?? { id: "" }, "id")
      return { partOf: { messageId, number: integer(row, "host_number") } }
    }
    const shares = this.#shares.all(integer(row, "message"), integer(row, "number"))
    if (shares.length === 0) return {}
    return {
      shares: shares.map((share): CallRef => ({ messageId: text(share, "id"), number: integer(share, "number") })),
    }
  }
}
