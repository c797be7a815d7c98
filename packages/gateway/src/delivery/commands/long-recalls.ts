import type { MessageDetail } from "../../model/ports/reader.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { RecallProgress, Recalls } from "../../model/ports/recalls.ts"
import { codeOf, StorageError } from "../../model/storage-error.ts"
import type { AppRuntimes } from "../app-runtimes.ts"
import { recallPage, sendersOf } from "./recall-calls.ts"
import type { RecallDeps } from "./recall-calls.ts"

export interface LongRecallsDeps extends RecallDeps {
  readonly recalls: Recalls
  readonly runtimes: Pick<AppRuntimes, "get">
  readonly log: OperatorLog
  readonly stopping: AbortSignal
}

/** The steps of a recall besides asking WeCom. */
export interface RecallSteps {
  /** Does the work while no other command changes the message. */
  alone(messageId: string, work: () => Promise<void>): Promise<void>
  /** Undefined if the message is deleted. */
  find(messageId: string): Promise<MessageDetail | undefined>
  /** After this nothing of the message goes out. @returns how many recipients were cancelled */
  withdraw(message: MessageDetail): Promise<number>
  /** A recipient named twice gets the same end as those of the call that served it. */
  endDuplicates(message: MessageDetail): Promise<void>
}

/**
 * Recalls messages with so many calls that no request waits for them. Each recall is stored before it begins, and after
 * every few calls, so that any process can continue it after a crash.
 */
export class LongRecalls {
  readonly #deps: LongRecallsDeps
  readonly #steps: RecallSteps
  readonly #underWay = new Set<Promise<void>>()

  constructor(deps: LongRecallsDeps, steps: RecallSteps) {
    this.#deps = deps
    this.#steps = steps
  }

  /** Takes over recalls that dead processes have left, until the gateway stops. */
  async watch(): Promise<void> {
    const { recalls, clock, log, stopping } = this.#deps
    while (!stopping.aborted) {
      try {
        for (const messageId of await recalls.takeOver()) this.#start(messageId)
      } catch (error) {
        if (!stopping.aborted) {
          const fields = { code: codeOf(error), ...(!(error instanceof StorageError) && { err: error }) }
          log.warn(fields, "search for recalls left by stopped gateways failed")
        }
      }
      // oxlint-disable-next-line promise/prefer-await-to-then -- a stop is no error
      await clock.sleep(LOOK_EVERY_MS, stopping).catch(() => undefined)
    }
  }

  /** Begins a recall, or joins the one that is under way. @returns undefined if there is no such message */
  async ask(messageId: string): Promise<RecallProgress | undefined> {
    const { recalls, clock } = this.#deps
    const begun = await recalls.begin(messageId, clock.now())
    if (begun?.isNew === true) this.#start(messageId)
    return begun?.progress
  }

  /** Resolves when no recall is at work here. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  #start(messageId: string): void {
    const running = this.#run(messageId).finally(() => this.#underWay.delete(running))
    this.#underWay.add(running)
  }

  async #run(messageId: string): Promise<void> {
    const { clock, log, stopping } = this.#deps
    while (!stopping.aborted) {
      try {
        return await this.#steps.alone(messageId, () => this.#recall(messageId))
      } catch (error) {
        // The store may be closed by now, and the next process continues.
        if (stopping.aborted) return
        const isStore = error instanceof StorageError
        if (isStore)
          log.warn({ messageId, code: error.code }, "recall of a message with many calls interrupted; trying again")
        // No request waits for its result.
        else
          log.error(
            { messageId, code: codeOf(error), err: error },
            "recall of a message with many calls failed; trying again",
          )
        // oxlint-disable-next-line promise/prefer-await-to-then -- a stop is no error
        await clock.sleep(isStore ? AGAIN_MS : AFTER_FAILURE_MS, stopping).catch(() => undefined)
      }
    }
  }

  async #recall(messageId: string): Promise<void> {
    const { recalls, runtimes, clock, stopping } = this.#deps
    const message = await this.#steps.find(messageId)
    const begun = await recalls.progress(messageId)
    if (message === undefined || begun === undefined || begun.endedAt !== undefined) return
    let progress = begun
    const note = (changes: Partial<RecallProgress>): Promise<boolean> => {
      progress = { ...progress, ...changes }
      return recalls.note(messageId, progress)
    }
    // Also done when a recall is continued: calls that had begun may have been refused since then, to be tried again.
    const cancelled = await this.#steps.withdraw(message)
    if (!(await note({ cancelled: progress.cancelled + cancelled }))) return
    for (let hasNext = true; hasNext;) {
      if (stopping.aborted) return
      const senders = await sendersOf(runtimes, message)
      const { recalled, nextCursor } = await recallPage(this.#deps, senders, message, progress.cursor)
      hasNext = nextCursor !== undefined
      const results = { ...progress.results }
      for (const { result } of recalled) results[result] = (results[result] ?? 0) + 1
      if (!hasNext) await this.#steps.endDuplicates(message)
      const end = nextCursor === undefined ? { endedAt: clock.now() } : { cursor: nextCursor }
      if (!(await note({ results, ...end }))) return
    }
  }
}

const LOOK_EVERY_MS = 5000
const AGAIN_MS = 1000
/** A failure that does not come from the store may happen again each time. */
const AFTER_FAILURE_MS = 10_000
