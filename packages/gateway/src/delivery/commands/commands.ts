import type { Clock } from "@wecom-push/sdk"
import { isRecallable } from "@wecom-push/protocol/delivery"
import type { MessageState } from "@wecom-push/protocol/delivery"
import type {
  CancelOutcome,
  RecalledCall,
  RecallOutcome,
  RetryableState,
  RetryOutcome,
} from "../../model/ports/dispatcher.ts"
import type { FrozenCall, OutboxStore } from "../../model/ports/outbox.ts"
import type { MessageDetail, MessageReader, MessageSummary } from "../../model/ports/reader.ts"
import type { WorkQueue } from "../../model/ports/work.ts"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { DEFAULT_LIFETIME_MS } from "../../model/message.ts"
import type { Lifetime } from "../../model/message.ts"
import { CHUNK_SIZE } from "../../model/recipients.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { AppRuntimes } from "../app-runtimes.ts"
import { changeInSlices } from "./change-in-slices.ts"
import { updatesFor } from "../call/recover-calls.ts"
import { endPending, wasRecalled } from "./parts-sent.ts"
import { LongRecalls } from "./long-recalls.ts"
import type { LongRecallsDeps } from "./long-recalls.ts"
import { RECALLED_AT_ONCE, recallCalls, sendersOf } from "./recall-calls.ts"
import type { DeliveryMetrics } from "../../model/ports/metrics.ts"

export interface CommandDeps extends Pick<LongRecallsDeps, "recalls" | "log" | "stopping"> {
  readonly outbox: Pick<OutboxStore, "openCalls" | "update">
  readonly reader: Pick<MessageReader, "calls" | "message">
  readonly clock: Clock & Pick<JumpAwareClock, "expiryOf" | "setByMs">
  readonly runtimes: Pick<AppRuntimes, "get">
  readonly metrics: Pick<DeliveryMetrics, "recipientsFinished">
  /** Makes a worker that has the message, or is about to, read it anew before anything else goes out. */
  interrupt(messageId: string): void
  /** Resolves when no worker has the message. */
  ended(messageId: string): Promise<unknown> | undefined
  readonly otherNodes: Pick<WorkQueue, "interruptAtOthers" | "endedAtOthers">
}

/** The commands of users for accepted messages. For each message only one command runs at a time. */
export class Commands {
  readonly #deps: CommandDeps
  readonly #underWay = new Map<string, Promise<unknown>>()
  readonly #longRecalls: LongRecalls

  constructor(deps: CommandDeps) {
    this.#deps = deps
    this.#longRecalls = new LongRecalls(deps, {
      alone: (messageId, work) => this.#alone(messageId, work),
      find: (messageId) => this.#deps.reader.message(messageId, { apps: "all", now: this.#deps.clock.now() }),
      withdraw: async (message) => (await this.#withdraw(message)).cancelled,
      endDuplicates: async (message) => this.#endRecalled(message, await this.#recalledCalls(message.id)),
    })
  }

  /** Runs until the gateway stops. */
  watchRecalls(): Promise<void> {
    return this.#longRecalls.watch()
  }

  /** Resolves when no recall of many calls is at work here. */
  idle(): Promise<void> {
    return this.#longRecalls.idle()
  }

  /** @returns undefined when no command is changing the message */
  settled(messageId: string): Promise<void> | undefined {
    return this.#underWay.get(messageId)?.then(() => undefined)
  }

  /** @param reason shown with each recipient; none is needed where a user has asked for it */
  cancel(messageId: string, reason?: string): Promise<CancelOutcome> {
    return this.#alone(messageId, async () => {
      const { cancelled, inDoubt, isShared } = await this.#withdraw(await this.#summary(messageId), reason)
      if (isShared) return { kind: "shared_call", recipients: cancelled }
      if (cancelled === 0 && inDoubt === 0) return { kind: "already_sent" }
      const { state } = await this.#summary(messageId)
      return { kind: "cancelled", recipients: cancelled, state }
    })
  }

  retry(messageId: string, states: readonly RetryableState[]): Promise<RetryOutcome> {
    return this.#alone(messageId, async () => {
      const { outbox } = this.#deps
      const summary = await this.#summary(messageId)
      const returning = states.filter((state) => summary.counts[state] > 0)
      if (returning.length === 0) return { kind: "nothing_to_retry" }
      const now = this.#deps.clock.now()
      const expiry = expiryAnew(summary, this.#deps.clock)
      const inParts = withParts(summary)
      const isInParts = inParts.partCount > 1
      const isBroken = isInParts && (await wasRecalled(this.#deps.reader, inParts))
      let recipients = 0
      let state = summary.state
      // A worker that has the message now does not know the recipients that become pending again, and would finish without
      // them.
      this.#deps.interrupt(messageId)
      for (const from of returning) {
        // The address of a recipient that was not found, or is no longer valid, may have a new owner.
        const isLookedUpAnew = from === "not_found" || from === "invalid"
        const changed = await changeInSlices(outbox, {
          messageId,
          chunkCount: chunkCount(summary),
          at: now,
          updates: [
            {
              from: [from],
              // Most important: no `@all` among the userids may become a recipient by itself.
              exceptMalformed: true,
              state: "pending",
              // The rest of a text makes no sense alone. If a part failed, the parts before it have just arrived.
              ...(isInParts && (isBroken || !CONTINUES_TEXT.has(from)) && { call: null }),
              ...(isLookedUpAnew && { userids: null, detail: { fresh: true } }),
            },
          ],
          ...(expiry !== undefined && { expiry }),
        })
        recipients += changed.recipients
        state = changed.state ?? state
      }
      // A worker that took the message meanwhile saw only the first of these recipients become pending.
      this.#deps.interrupt(messageId)
      await this.#deps.otherNodes.interruptAtOthers(messageId)
      return recipients === 0 ? { kind: "nothing_to_retry" } : { kind: "retried", recipients, state }
    })
  }

  async recall(messageId: string): Promise<RecallOutcome> {
    const before = await this.#deps.recalls.progress(messageId)
    // Done before the recall, which may take minutes.
    if (before !== undefined && before.endedAt === undefined) return { kind: "recalling", progress: before }
    return this.#alone(messageId, async () => {
      const summary = await this.#summary(messageId)
      const senders = await sendersOf(this.#deps.runtimes, summary)
      const isOfOneApp = summary.otherwise === undefined
      if (isOfOneApp && senders.own?.channel.kind.canRecall === false) return { kind: "not_supported" }
      if (await this.#hasSharedCall(summary)) return { kind: "shared_call" }
      if (takesLong(summary)) {
        if (isPast(summary, this.#deps.clock.now())) return { kind: "recall_expired" }
        const progress = await this.#longRecalls.ask(messageId)
        if (progress !== undefined) return { kind: "recalling", progress }
      }
      const { cancelled, isShared } = await this.#withdraw(summary)
      // A call may have begun while the other recipients were being cancelled.
      if (isShared || (await this.#hasSharedCall(summary))) return { kind: "shared_call" }
      const calls = await recallCalls(this.#deps, senders, summary)
      await this.#recallDuplicates(summary, calls)
      if (calls.length === 0 && cancelled === 0) return { kind: "nothing_to_recall" }
      if (cancelled === 0 && calls.every(({ result }) => result === "not_supported")) return { kind: "not_supported" }
      const isTooLate = calls.every(({ result }) => result === "expired")
      if (isTooLate && cancelled === 0) return { kind: "recall_expired" }
      const { state } = await this.#summary(messageId)
      return { kind: "recalled", state, cancelled, calls }
    })
  }

  /** Whether a shared call has reached a member, or may have. */
  async #hasSharedCall({ id: messageId, recipientCount }: MessageSummary): Promise<boolean> {
    if (recipientCount > CHUNK_SIZE) return false
    const { items } = await this.#deps.reader.calls({ messageId, limit: CHUNK_SIZE })
    return items.some(
      ({ isShared, result, inFlight, mayHaveArrived }) =>
        isShared && (result === "accepted" || inFlight || mayHaveArrived),
    )
  }

  /** Ends recipients that were named twice, and were served by a call that carried another recipient of the same person. */
  async #recallDuplicates(summary: MessageSummary, calls: readonly RecalledCall[]): Promise<void> {
    await this.#endRecalled(
      summary,
      new Set(calls.filter(({ result }) => result === "recalled").map(({ call }) => call)),
    )
  }

  async #recalledCalls(messageId: string): Promise<ReadonlySet<number>> {
    const recalled = new Set<number>()
    let cursor: string | undefined
    do {
      const page = { messageId, limit: RECALLED_AT_ONCE, ...(cursor !== undefined && { cursor }) }
      const { items, nextCursor } = await this.#deps.reader.calls(page)
      for (const { number, recalledAt } of items) if (recalledAt !== undefined) recalled.add(number)
      cursor = nextCursor
    } while (cursor !== undefined)
    return recalled
  }

  async #endRecalled(summary: MessageSummary, recalled: ReadonlySet<number>): Promise<void> {
    if (recalled.size === 0) return
    const duplicates = await changeInSlices(this.#deps.outbox, {
      messageId: summary.id,
      chunkCount: chunkCount(summary),
      at: this.#deps.clock.now(),
      updates: [{ from: ["sent", "suppressed"], ofCall: recalled, state: "recalled" }],
    })
    this.#deps.metrics.recipientsFinished(summary.app, "recalled", duplicates.recipients)
  }

  /**
   * After this has resolved no call of the message goes out: recipients without a call are cancelled, calls under way end,
   * and calls that may have arrived are not repeated. Calls shared with other messages are the exception: they are left to
   * those messages.
   */
  async #withdraw(summary: MessageDetail, reason?: string): Promise<Withdrawn> {
    const first = await this.#cancelUnsent(summary, reason)
    let cancelled = first.recipients
    let isShared = await this.#isInSharedCall(summary.id)
    for (let tries = 0; tries < MOST_WITHDRAWALS && !isShared; tries++) {
      const hadToEnd = await this.#hadToEnd(summary.id)
      // A call under way may have been refused, to be tried again, even before the worker was asked to end; on another node
      // the repeat may have begun.
      if (!hadToEnd && (first.isOver || tries > 0)) break
      cancelled += (await this.#cancelUnsent(summary, reason)).recipients
      isShared = await this.#isInSharedCall(summary.id)
    }
    return { cancelled, inDoubt: await this.#endInDoubt(summary, isShared), isShared }
  }

  /** Whether it is in a shared call that is under way, or may have arrived. */
  async #isInSharedCall(messageId: string): Promise<boolean> {
    const open = await this.#deps.outbox.openCalls(messageId)
    return open.some((call) => isShared(call) && (call.phase !== "waiting" || call.mayHaveArrived))
  }

  /** Resolves when no worker has the message. @returns whether one had it */
  async #hadToEnd(messageId: string): Promise<boolean> {
    const here = this.#deps.ended(messageId)
    await here
    return (await this.#deps.otherNodes.endedAtOthers(messageId)) || here !== undefined
  }

  async #cancelUnsent(summary: MessageDetail, reason?: string): Promise<{ recipients: number; isOver: boolean }> {
    this.#deps.interrupt(summary.id)
    const { recipients, state } = await endPending(
      this.#deps,
      { ...withParts(summary), chunkCount: chunkCount(summary) },
      { at: this.#deps.clock.now(), state: "cancelled", reason },
    )
    this.#deps.metrics.recipientsFinished(summary.app, "cancelled", recipients)
    return { recipients, isOver: state === undefined || !UNFINISHED.has(state) }
  }

  /**
   * Ends calls in doubt. Shared calls are left to the other messages in them.
   * @param mayContinue the command did not wait for the end of calls, and its caller does not report that the message is
   *   over
   * @returns how many recipients are left in doubt by it
   */
  async #endInDoubt({ id: messageId, app }: MessageSummary, mayContinue: boolean): Promise<number> {
    const { outbox, clock, metrics } = this.#deps
    let recipients = 0
    for (const call of await outbox.openCalls(messageId)) {
      const { number, positions, phase, mayHaveArrived } = call
      if (isShared(call)) continue
      // The call is no longer under way: its outcome could not be stored, and the caller must not report that it is over.
      if (phase === "in_flight" && !mayContinue) throw new StorageError("storage_error")
      if (phase === "in_flight" || !mayHaveArrived) continue
      const changed = await outbox.update({
        messageId,
        at: clock.now(),
        abandonCalls: [number],
        updates: updatesFor(positions, { state: "in_doubt", call: number, detail: { reason: "recalled_in_doubt" } }),
      })
      recipients += changed?.changed ?? 0
    }
    if (recipients > 0) metrics.recipientsFinished(app, "in_doubt", recipients)
    return recipients
  }

  async #summary(messageId: string): Promise<MessageDetail> {
    const summary = await this.#deps.reader.message(messageId, { apps: "all", now: this.#deps.clock.now() })
    if (summary === undefined) throw new RangeError(`there is no message ${messageId}`)
    return summary
  }

  async #alone<T>(messageId: string, command: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(messageId)
    const mine = (async () => {
      await before?.catch(() => undefined)
      return command()
    })()
    const ended = mine.catch(() => undefined)
    this.#underWay.set(messageId, ended)
    try {
      return await mine
    } finally {
      if (this.#underWay.get(messageId) === ended) this.#underWay.delete(messageId)
    }
  }
}

function isShared({ partOf, shares = [] }: Pick<FrozenCall, "partOf" | "shares">): boolean {
  return partOf !== undefined || shares.length > 0
}

interface Withdrawn {
  readonly cancelled: number
  readonly inDoubt: number
  readonly isShared: boolean
}

const MOST_WITHDRAWALS = 5
/** A retry of these continues with the part that the recipients did not get. */
const CONTINUES_TEXT: ReadonlySet<RetryableState> = new Set(["failed", "in_doubt"])
const UNFINISHED: ReadonlySet<MessageState> = new Set(["scheduled", "queued", "sending"])

/** It has more calls than are recalled at a time, or may come to have as many. */
function takesLong({ callCount, recipientCount }: MessageSummary): boolean {
  return callCount > RECALLED_AT_ONCE || recipientCount > RECALLED_AT_ONCE * CHUNK_SIZE
}

/** Every call of it ended so long ago that WeCom no longer recalls any. */
function isPast({ counts, finishedAt }: MessageSummary, now: number): boolean {
  return counts.pending === 0 && finishedAt !== undefined && !isRecallable(finishedAt, now)
}

/** A robot sends one part, but the app that `else` names may send several. */
function withParts({ id, partCount, otherwise }: MessageDetail): Pick<MessageDetail, "id" | "partCount"> {
  return { id, partCount: otherwise?.partCount ?? partCount }
}

function chunkCount({ recipientCount }: MessageSummary): number {
  return Math.ceil(recipientCount / CHUNK_SIZE)
}

/**
 * The expiry of a message after a retry: a message that has expired gets its whole lifetime once more.
 * @returns undefined when nothing changes
 */
function expiryAnew(summary: MessageSummary, clock: CommandDeps["clock"]): Lifetime | undefined {
  const { expiresAt, sendAt, expiryMoves } = summary
  const clockSetMs = clock.setByMs
  const now = clock.now()
  const current = clock.expiryOf(summary)
  if (current <= now) {
    const livesMs = expiryMoves === true ? DEFAULT_LIFETIME_MS : expiresAt - sendAt
    return { expiresAt: now + livesMs, clockSetMs }
  }
  // The stored expiry did not follow the clock while the message was finished.
  return current === expiresAt ? undefined : { expiresAt: current, clockSetMs }
}
