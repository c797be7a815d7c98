import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { PruneCutoffs, PruneReport } from "../../ports/upkeep.ts"
import type { Bodies } from "./bodies.ts"
import type { Discard } from "./discard.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, optionalInteger, text } from "./row.ts"

/** Deletes what is past its time, a little at a time. */
export class Prune {
  readonly #commit: GroupCommit
  readonly #discard: Discard
  readonly #nextMessages: StatementSync
  readonly #idempotency: StatementSync
  readonly #bodies: Bodies
  readonly #events: StatementSync
  readonly #callbacks: StatementSync
  readonly #cardCodes: StatementSync
  readonly #nextLookups: StatementSync
  readonly #deleteLookup: StatementSync
  readonly #misses: StatementSync
  readonly #personTimes: StatementSync
  /** How far the sweep has come; where nothing was deleted it would look at the same rows for ever. */
  #messagesAfter = 0
  #lookupsAfter = ""

  constructor(db: DatabaseSync, commit: GroupCommit, discard: Discard, bodies: Bodies) {
    this.#commit = commit
    this.#discard = discard
    this.#nextMessages = db.prepare(
      "select seq, accepted_at, finished_at from messages where seq > ? order by seq limit ?",
    )
    this.#idempotency = db.prepare(`delete from idempotency where (client, key) in
      (select client, key from idempotency where expires_at <= ? order by expires_at limit ?)`)
    this.#bodies = bodies
    this.#events = db.prepare(`delete from events where id in
      (select id from events where at < ? and id < (select max(id) from events) order by id limit ?)`)
    this.#callbacks = db.prepare(
      "delete from callbacks where (app, id) in (select app, id from callbacks where at < ? order by at limit ?)",
    )
    this.#cardCodes = db.prepare(
      "delete from card_codes where code in (select code from card_codes where at < ? order by at limit ?)",
    )
    this.#nextLookups = db.prepare("select key, stored_at from lookups where key > ? order by key limit ?")
    this.#deleteLookup = db.prepare("delete from lookups where key = ?")
    this.#misses = db.prepare("delete from misses where day < ?")
    this.#personTimes = db.prepare("delete from person_times where day < ?")
  }

  async prune(cutoffs: PruneCutoffs): Promise<Omit<PruneReport, "auditEntries">> {
    const messages = await this.#pruneMessages(cutoffs)
    const others = await this.#commit.submit({ kind: "inside", work: () => this.#pruneOthers(cutoffs) })
    return { messages: messages.deleted, more: messages.more || others }
  }

  async #pruneMessages({ finishedBefore, limit }: PruneCutoffs): Promise<{ deleted: number; more: boolean }> {
    const rows = this.#nextMessages.all(this.#messagesAfter, limit)
    // In the order of acceptance: the first young one ends the sweep.
    const young = rows.findIndex((row) => integer(row, "accepted_at") >= finishedBefore)
    const old = young === -1 ? rows : rows.slice(0, young)
    const finished = old.filter((row) => (optionalInteger(row, "finished_at") ?? Infinity) < finishedBefore)
    await this.#discard.messages(finished.map((row) => integer(row, "seq")))
    const last = old.at(-1)
    const more = old.length === limit && last !== undefined
    this.#messagesAfter = more ? integer(last, "seq") : 0
    return { deleted: finished.length, more }
  }

  /** @returns whether there is more to do */
  #pruneOthers({ now, eventsBefore, lookupsBefore, limit }: PruneCutoffs): boolean {
    const deleted = [
      this.#idempotency.run(now, limit).changes,
      this.#bodies.prune(now - BODIES_KEPT_MS, limit),
      this.#events.run(eventsBefore, limit).changes,
      this.#callbacks.run(now - CALLBACKS_KEPT_MS, limit).changes,
      this.#cardCodes.run(now - CARD_CODES_KEPT_MS, limit).changes,
    ]
    const firstDayKept = new Date(now - DAY_COUNTS_KEPT_MS).toISOString().slice(0, "2026-11-25".length)
    this.#misses.run(firstDayKept)
    this.#personTimes.run(firstDayKept)
    const lookups = this.#nextLookups.all(this.#lookupsAfter, limit)
    for (const row of lookups) if (integer(row, "stored_at") < lookupsBefore) this.#deleteLookup.run(text(row, "key"))
    const last = lookups.at(-1)
    const moreLookups = lookups.length === limit && last !== undefined
    this.#lookupsAfter = moreLookups ? text(last, "key") : ""
    return moreLookups || deleted.includes(limit)
  }
}

/** Twice any window of the duplicate check (4 h): they are in memory too. */
const BODIES_KEPT_MS = 8 * 60 * 60 * 1000
/** WeCom repeats a delivery within seconds, and what is signed longer ago than minutes is not taken. */
const CALLBACKS_KEPT_MS = 24 * 60 * 60 * 1000
/** Past the 72 h for which WeCom takes one. */
const CARD_CODES_KEPT_MS = 80 * 60 * 60 * 1000
const DAY_COUNTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000
