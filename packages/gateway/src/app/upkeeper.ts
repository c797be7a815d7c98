import { setImmediate as immediate } from "node:timers/promises"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import type { ClockNotes } from "../model/ports/clock-notes.ts"
import type { Upkeep } from "../model/ports/upkeep.ts"
import type { AuditTrail } from "../doors/kit/audit-trail.ts"
import type { Log } from "./log.ts"

export interface UpkeeperDeps {
  readonly upkeep: Pick<Upkeep, "prune">
  readonly audit: Pick<AuditTrail, "flush" | "finish">
  readonly log: Log
  readonly clockNotes: Pick<ClockNotes, "noteTrusted">
  readonly clock: Pick<JumpAwareClock, "sleep" | "trustedTime" | "trustedReading" | "boot">
  readonly retentionDays: number
  readonly auditDays: number
  readonly auditLimit: number
}

/** Work in intervals: deletes data that is past its time, and stores entries that were gathered. */
export class Upkeeper implements Disposable {
  readonly #deps: UpkeeperDeps
  readonly #timer: NodeJS.Timeout
  readonly #working: Promise<void>
  readonly #ending = new AbortController()

  constructor(deps: UpkeeperDeps) {
    this.#deps = deps
    this.#timer = setInterval(() => void deps.audit.flush(), FLUSH_EVERY_MS).unref()
    this.#working = this.#keepPruning()
  }

  /** Stores the gathered entries. Data past its time is left to be deleted at another time. */
  async finish(): Promise<void> {
    this[Symbol.dispose]()
    await this.#working
    await this.#deps.audit.finish()
  }

  [Symbol.dispose](): void {
    this.#ending.abort()
    clearInterval(this.#timer)
  }

  async #keepPruning(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      await this.#noteClock()
      // oxlint-disable-next-line promise/prefer-await-to-then -- a stop is no error
      await this.#deps.clock.sleep(PRUNE_EVERY_MS, signal).catch(() => undefined)
      if (!signal.aborted) await this.#prune()
    }
  }

  async #noteClock(): Promise<void> {
    const { clockNotes, clock, log } = this.#deps
    try {
      await clockNotes.noteTrusted(clock.trustedReading(), clock.boot())
    } catch (error) {
      log.warn({ err: error }, "could not store the current time; trying again later")
    }
  }

  async #prune(): Promise<void> {
    const { upkeep, log, clock, retentionDays, auditDays, auditLimit } = this.#deps
    const { signal } = this.#ending
    const at = clock.trustedTime()
    const before = at - retentionDays * DAY_MS
    const cutoffs = {
      now: at,
      finishedBefore: before,
      eventsBefore: before,
      lookupsBefore: at - LOOKUPS_KEPT_MS,
      auditBefore: at - auditDays * DAY_MS,
      auditEntries: auditLimit,
      limit: 500,
      signal,
    }
    let messages = 0
    let auditEntries = 0
    try {
      for (let isMore = true; isMore && !signal.aborted; await immediate()) {
        const report = await upkeep.prune(cutoffs)
        messages += report.messages
        auditEntries += report.auditEntries
        isMore = report.more
      }
    } catch (error) {
      if (error !== signal.reason) log.warn({ err: error }, "could not delete expired records; trying again later")
    }
    if (messages > 0) log.info({ messages }, "messages older than the retention time were deleted")
    if (auditEntries > 0) log.info({ auditEntries }, "the oldest entries of the audit trail were deleted")
  }
}

const DAY_MS = 24 * 3600_000
const FLUSH_EVERY_MS = 5000
const PRUNE_EVERY_MS = 10 * 60_000
const LOOKUPS_KEPT_MS = 7 * DAY_MS
