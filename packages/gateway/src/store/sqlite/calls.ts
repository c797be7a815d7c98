import { crc32 } from "node:zlib"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { CallStart, FrozenCall, NewCall, StartedCall } from "../../core/ports/outbox.ts"
import type { RecipientPosition } from "../../core/recipients.ts"
import { packPositions, unpackPositions } from "../pack-positions.ts"
import type { ChunkRows } from "./chunk-rows.ts"
import type { Claims, HeldClaim } from "./claims.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, optionalInteger, text } from "./row.ts"
import type { Row } from "./row.ts"

/** Calls: their frozen bytes, and the start of each attempt. */
export class Calls {
  readonly #commit: GroupCommit
  readonly #claims: Claims
  readonly #chunks: ChunkRows
  /** Number of this run of the process: an attempt of an earlier run was cut off by its end. */
  readonly #run: number
  readonly #open: StatementSync
  readonly #held: StatementSync
  readonly #insert: StatementSync
  readonly #call: StatementSync
  readonly #again: StatementSync
  readonly #keepAttempt: StatementSync
  readonly #earlier: StatementSync
  readonly #holdBody: StatementSync
  readonly #holdBodyOn: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit, claims: Claims, chunks: ChunkRows, run: number) {
    this.#commit = commit
    this.#claims = claims
    this.#chunks = chunks
    this.#run = run
    this.#open = db.prepare(
      `select calls.* from calls join messages on messages.seq = calls.message
       where messages.id = ? and final = 0 order by number`,
    )
    this.#held = db.prepare("select positions from calls where message = ? and final = 0")
    this.#insert = db.prepare(`insert into calls
      (message, number, part, final, flight, attempts, spent, crashes, may_have_arrived, first_try_at, started_at,
       check_seconds, guard, positions, checksum, body)
      values (?, ?, ?, 0, ?, 1, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`)
    this.#call = db.prepare("select * from calls where message = ? and number = ? and final = 0")
    this.#again = db.prepare(`update calls set
      attempts = attempts + 1, flight = ?1, crashes = ?2, may_have_arrived = ?3, started_at = ?4, retry_at = null,
      first_try_at = case when ?3 then first_try_at else ?4 end,
      finished_at = null, result = null, errcode = null, errmsg = null
      where message = ?5 and number = ?6`)
    this.#keepAttempt = db.prepare(`insert into attempts
      (message, call, number, started_at, finished_at, result, errcode, errmsg)
      select message, number, attempts, started_at, finished_at, coalesce(result, 'in_doubt'), errcode, errmsg
      from calls where message = ? and number = ?`)
    this.#earlier = db.prepare("select message, call, at from bodies where app = ? and hash = ? and at > ?")
    this.#holdBodyOn = db.prepare(`update bodies set at = ?1 where app = ?2 and message = ?3 and call = ?4 and hash =
      (select guard from calls where message = ?5 and number = ?4)`)
    this.#holdBody = db.prepare(`insert into bodies (app, hash, message, call, at) values (?1, ?2, ?3, ?4, ?5)
      on conflict do update set message = ?3, call = ?4, at = ?5`)
  }

  openCalls(messageId: string): readonly FrozenCall[] {
    return this.#open.all(messageId).map((row) => this.#toFrozenCall(messageId, row))
  }

  begin(starts: readonly CallStart[]): Promise<readonly StartedCall[]> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const started: StartedCall[] = []
        for (const start of starts) {
          const held = this.#claims.holding(start.messageId, start.claim)
          if (held === undefined || held.until <= start.startedAt) continue
          const call = start.frozen === undefined ? this.#repeat(held, start) : this.#freeze(held, start, start.frozen)
          if (call !== undefined) started.push(call)
        }
        return started
      },
      beforeCommit: "begin.before_commit",
      afterCommit: "begin.after_commit",
    })
  }

  #freeze(held: HeldClaim, { messageId, number, startedAt }: CallStart, call: NewCall): StartedCall | undefined {
    // Whoever holds a claim undisturbed has seen what is stored; reading it again would double the cost of every call.
    if (held.disturbed && !this.#arePending(held.seq, call.positions)) return undefined
    const earlier = call.guard === undefined ? undefined : this.#findEarlier(held, call.guard, startedAt)
    const goesUnchecked = earlier !== undefined && call.guard?.bodyWithoutCheck !== undefined
    const body = (goesUnchecked ? call.guard?.bodyWithoutCheck : undefined) ?? call.body
    const checkSeconds = goesUnchecked ? null : call.checkSeconds
    const inserted = this.#insert.run(
      held.seq,
      number,
      call.part,
      this.#run,
      startedAt,
      startedAt,
      checkSeconds,
      call.guard?.hash ?? null,
      packPositions(call.positions),
      crc32(body),
      body,
    )
    if (inserted.changes === 0) return undefined
    if (call.guard !== undefined && earlier === undefined) {
      this.#holdBody.run(held.app, call.guard.hash, messageId, number, startedAt)
    }
    return { messageId, number, attempt: 1, body, checkSeconds, ...(earlier !== undefined && { earlier }) }
  }

  #repeat(held: HeldClaim, { messageId, number, startedAt }: CallStart): StartedCall | undefined {
    const row = this.#call.get(held.seq, number)
    if (row === undefined) return undefined
    const call = this.#toFrozenCall(messageId, row)
    if (call.phase === "in_flight" || call.body === undefined) return undefined
    this.#keepAttempt.run(held.seq, number)
    this.#again.run(this.#run, call.crashes, call.mayHaveArrived ? 1 : 0, startedAt, held.seq, number)
    // What did not arrive before begins its window, and that of the guard, now.
    if (!call.mayHaveArrived) this.#holdBodyOn.run(startedAt, held.app, messageId, number, held.seq)
    return { messageId, number, attempt: call.attempts + 1, body: call.body, checkSeconds: call.checkSeconds }
  }

  #findEarlier(held: HeldClaim, guard: NonNullable<NewCall["guard"]>, at: number): StartedCall["earlier"] {
    const row = this.#earlier.get(held.app, guard.hash, at - guard.windowMs)
    if (row === undefined) return undefined
    return { messageId: text(row, "message"), number: integer(row, "call"), at: integer(row, "at") }
  }

  #arePending(seq: number, positions: readonly RecipientPosition[]): boolean {
    const taken = this.heldPositions(seq)
    const chunks = this.#chunks.read(seq, new Set(positions.map(([chunk]) => chunk)))
    return positions.every(
      ([chunk, place]) => chunks.get(chunk)?.states[place] === "pending" && taken?.(chunk, place) !== true,
    )
  }

  /** Which recipients are carried by a call that is not final; undefined when none is. */
  heldPositions(seq: number): ((chunk: number, place: number) => boolean) | undefined {
    const rows = this.#held.all(seq)
    if (rows.length === 0) return undefined
    const held = new Map<number, Set<number>>()
    for (const row of rows) {
      for (const [chunk, place] of unpackPositions(text(row, "positions"))) {
        const places = held.get(chunk)
        if (places === undefined) held.set(chunk, new Set([place]))
        else places.add(place)
      }
    }
    return (chunk, place) => held.get(chunk)?.has(place) === true
  }

  #toFrozenCall(messageId: string, row: Row): FrozenCall {
    const body = text(row, "body")
    const flight = optionalInteger(row, "flight")
    const hasCrashed = flight !== undefined && flight !== this.#run
    return {
      messageId,
      number: integer(row, "number"),
      part: integer(row, "part"),
      body: crc32(body) === integer(row, "checksum") ? body : undefined,
      checkSeconds: optionalInteger(row, "check_seconds") ?? null,
      positions: unpackPositions(text(row, "positions")),
      firstTryAt: integer(row, "first_try_at"),
      attempts: integer(row, "attempts"),
      spentAttempts: integer(row, "spent"),
      crashes: integer(row, "crashes") + (hasCrashed ? 1 : 0),
      phase: hasCrashed ? "crashed" : flight === undefined ? "waiting" : "in_flight",
      mayHaveArrived: hasCrashed || integer(row, "may_have_arrived") === 1,
      retryAt: optionalInteger(row, "retry_at"),
      lastErrcode: optionalInteger(row, "errcode"),
    }
  }
}
