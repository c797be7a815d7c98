import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { PruneCutoffs, PruneReport } from "../../model/ports/upkeep.ts"
import { firstDayKept, KEPT_MS } from "../kept-for.ts"
import type { Bodies } from "./bodies.ts"
import type { Discard } from "./discard.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer } from "../row.ts"
import { BackgroundSlices } from "./background-slices.ts"

type Kind = "idempotency" | "callbacks" | "cardCodes" | "busyMembers" | "lookups"

/** Deletes at most `limit`. @returns how many */
type Delete = (limit: number) => number

/** Deletes expired rows, a few at a time; reads no others. */
export class Prune {
  readonly #commit: GroupCommit
  readonly #discard: Discard
  readonly #finished: StatementSync
  readonly #bodies: Bodies
  readonly #oldEvents: StatementSync
  readonly #deleteEvents: StatementSync
  readonly #rows: Readonly<Record<Kind, StatementSync>>
  readonly #daily: readonly StatementSync[]
  #firstDayKept = ""

  constructor(db: DatabaseSync, commit: GroupCommit, discard: Discard, bodies: Bodies) {
    this.#commit = commit
    this.#discard = discard
    this.#finished = db.prepare(
      "select seq from messages where finished_at is not null and finished_at < ? order by finished_at limit ?",
    )
    this.#bodies = bodies
    // Ordered by id, which is the order of time; time itself has no index. The first event that is not old ends the
    // search.
    this.#oldEvents = db.prepare(
      "select id, at from events where id < (select max(id) from events) order by id limit ?",
    )
    this.#deleteEvents = db.prepare("delete from events where id <= ?")
    const rowsBefore = (table: string, key: string, time: string): StatementSync =>
      db.prepare(`delete from ${table} where (${key}) in
        (select ${key} from ${table} where ${time} < ? order by ${time} limit ?)`)
    this.#rows = {
      idempotency: rowsBefore("idempotency", "client, key", "expires_at"),
      callbacks: rowsBefore("callbacks", "app, id", "at"),
      cardCodes: rowsBefore("card_codes", "code", "at"),
      busyMembers: rowsBefore("busy_members", "agent, member", "at"),
      lookups: rowsBefore("lookups", "key", "stored_at"),
    }
    // A row a day for each corp or app.
    this.#daily = ["misses", "person_times"].map((table) => db.prepare(`delete from ${table} where day < ?`))
  }

  async prune(cutoffs: PruneCutoffs): Promise<Omit<PruneReport, "auditEntries">> {
    const { now, eventsBefore, lookupsBefore, finishedBefore, limit, signal } = cutoffs
    const seqs = this.#finished.all(finishedBefore, limit).map((row) => integer(row, "seq"))
    const messages = await this.#discard.messages(seqs, finishedBefore, signal)
    let isMore = seqs.length === limit
    const kinds: readonly Delete[] = [
      (most) => this.#deleteRows("idempotency", now + 1, most),
      (most) => this.#bodies.prune(now - KEPT_MS.bodies, most),
      (most) => this.#deleteOldEvents(eventsBefore, most),
      (most) => this.#deleteRows("callbacks", now - KEPT_MS.callbacks, most),
      (most) => this.#deleteRows("cardCodes", now - KEPT_MS.cardCodes, most),
      (most) => this.#deleteRows("busyMembers", now - KEPT_MS.busyMembers, most),
      (most) => this.#deleteRows("lookups", lookupsBefore, most),
    ]
    for (const kind of kinds) if ((await this.#inSlices(kind, cutoffs)) === limit) isMore = true
    await this.#pruneDays(firstDayKept(now))
    return { messages, more: isMore }
  }

  /** @returns how many were deleted */
  async #inSlices(kind: Delete, { limit, signal }: PruneCutoffs): Promise<number> {
    const slices = new BackgroundSlices(this.#commit, signal)
    for (let deleted = 0; deleted < limit;) {
      const from = deleted
      const { count, isLast } = await slices.next((rows) => {
        const most = Math.min(limit - from, rows)
        const count = kind(most)
        return { count, isLast: count < most }
      })
      deleted += count
      if (isLast) return deleted
    }
    return limit
  }

  #deleteRows(kind: Kind, before: number, limit: number): number {
    return Number(this.#rows[kind].run(before, limit).changes)
  }

  #deleteOldEvents(before: number, limit: number): number {
    const rows = this.#oldEvents.all(limit)
    const young = rows.findIndex((row) => integer(row, "at") >= before)
    const last = rows.at(young === -1 ? -1 : young - 1)
    if (last === undefined || young === 0) return 0
    return Number(this.#deleteEvents.run(integer(last, "id")).changes)
  }

  /** Once a day, since it scans whole tables. */
  async #pruneDays(firstDay: string): Promise<void> {
    if (firstDay === this.#firstDayKept) return
    await this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const statement of this.#daily) statement.run(firstDay)
      },
    })
    this.#firstDayKept = firstDay
  }
}
