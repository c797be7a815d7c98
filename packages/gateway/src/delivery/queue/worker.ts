import type { ClaimedMessage } from "../../model/ports/outbox.ts"
import type { Governors } from "../../model/ports/governor.ts"
import type { NextTurn, Readiness, Turn, Worker, WorkPlace } from "../../model/ports/work.ts"
import { codeOf } from "../../model/storage-error.ts"
import { traceField } from "../../model/trace.ts"
import { TransientMap } from "../../model/compact/transient-map.ts"
import type { AppRuntimes } from "../app-runtimes.ts"
import { MessageDelivery } from "../call/message-delivery.ts"
import type { MessageDeliveryDeps } from "../call/message-delivery.ts"
import { WaitersForOther } from "./waiters-for-other.ts"

export interface MessageWorkerDeps extends MessageDeliveryDeps {
  readonly runtimes: AppRuntimes
  readonly governors: Governors
  /** Makes these messages due again. */
  readonly makeDue: (messageIds: readonly string[]) => void
  /** Cancels a message, for a reason that its recipients show. */
  cancel(messageId: string, reason: string): Promise<unknown>
  /** Resolves when no command is changing the message. */
  settled(messageId: string): Promise<void> | undefined
}

interface Running extends Turn {
  readonly delivery: MessageDelivery
  /** False while it waits for a command, or for a turn before it, to end. */
  hasBegun: boolean
  ended: Promise<NextTurn | undefined>
}

/** Works on the messages that the queue hands out, and knows which ones these are. */
export class MessageWorker implements Worker {
  readonly #deps: MessageWorkerDeps
  readonly #running = new TransientMap<string, Running>()
  readonly #waitForOther: WaitersForOther

  constructor(deps: MessageWorkerDeps) {
    this.#deps = deps
    this.#waitForOther = new WaitersForOther(deps.makeDue)
  }

  ready(): Promise<void> {
    return this.#deps.governors.ready()
  }

  async readiness(app: string): Promise<Readiness> {
    const { runtimes, apps } = this.#deps
    const runtime = await runtimes.get(app)
    // The messages of an app that was removed are cancelled.
    if (runtime === undefined) return { kind: (await apps.get(app)) === undefined ? "open" : "unusable" }
    const probeAtMs = runtime.governor.nextProbeAtMs
    return probeAtMs === undefined ? OPEN : { kind: "closed", probeAtMs }
  }

  async endExpired(): Promise<boolean> {
    const { outbox, clock, metrics } = this.#deps
    const { ended, more } = await outbox.endExpired({
      at: this.#now(),
      expiredBy: clock.expiryTime(),
      setByMs: clock.setByMs,
      limit: EXPIRED_AT_ONCE,
    })
    for (const { app, recipients } of ended) metrics.recipientsFinished(app, "expired", recipients)
    return more
  }

  begin(claimed: ClaimedMessage, slot: WorkPlace): Turn {
    const { messageId, message } = claimed
    const before = this.#running.get(messageId)
    before?.lose()
    const runtime = this.#deps.runtimes.opened(message.app)
    if (runtime === undefined) return { ...WITHOUT_RUNTIME, ended: this.#workWithoutRuntime(claimed) }
    const delivery = new MessageDelivery(this.#deps, runtime, claimed, slot)
    const running: Running = {
      delivery,
      hasBegun: false,
      ended: Promise.resolve(undefined),
      interrupt: () => delivery.interrupt(),
      lose: () => delivery.lose(),
    }
    running.ended = this.#work(running, claimed, before?.ended)
    this.#running.set(messageId, running)
    return running
  }

  /** The app has changed: its messages at work are read anew before anything else goes out. */
  appChanged(app: string): void {
    for (const running of this.#running.values()) {
      const { delivery } = running
      if (delivery.app === app || delivery.otherApp === app) running.interrupt()
    }
    this.#waitForOther.changed(app)
  }

  /** The delivery that works on the message now. */
  delivery(messageId: string): MessageDelivery | undefined {
    return this.#running.get(messageId)?.delivery
  }

  /** Resolves when no worker has the message. */
  ended(messageId: string): Promise<unknown> | undefined {
    const running = this.#running.get(messageId)
    return running?.hasBegun === true ? running.ended : undefined
  }

  async #work(
    running: Running,
    { messageId, message }: ClaimedMessage,
    before: Promise<unknown> | undefined,
  ): Promise<NextTurn | undefined> {
    const { stopping, log, lookupWaiters, clock } = this.#deps
    const { setByMs: setBefore } = clock
    try {
      if (before !== undefined) await before
      const commanded = this.#deps.settled(messageId)
      if (commanded !== undefined) await commanded
      running.hasBegun = true
      const nextWake = await running.delivery.work()
      if (nextWake === undefined) return undefined
      // Its times were computed by the clock before it was set: the message is looked at again now.
      if (this.#wasSetBack(setBefore)) nextWake.atOnce(this.#now())
      const { nextAt, holdsLaneUntil, isForLookups } = nextWake
      const { otherApp } = running.delivery
      const waits = otherApp === undefined ? undefined : this.#waitForOther.turnEnded(otherApp, messageId)
      return {
        atMs: this.#dueAgainAt(message.acceptedAt, nextAt),
        ...(holdsLaneUntil !== undefined && { holdsLaneUntilMs: holdsLaneUntil }),
        // Registered only when the message is back in the store, because before that it cannot be made due.
        ...((isForLookups || waits !== undefined) && {
          onGivenBack: () => {
            if (isForLookups) lookupWaiters.turnedAway(message.app, messageId)
            waits?.()
          },
        }),
      }
    } catch (error) {
      if (!stopping.aborted) {
        const fields = { app: message.app, message: messageId, ...traceField(message), code: codeOf(error), err: error }
        log.error(fields, "processing of a message failed; trying again")
      }
      return { atMs: this.#now() + AFTER_TROUBLE_MS }
    } finally {
      if (this.#running.get(messageId) === running) this.#running.delete(messageId)
    }
  }

  /**
   * The app was removed, and a message of it has come in, or come back, at the same moment: it can never be sent. Or the app
   * was changed a moment ago.
   */
  async #workWithoutRuntime({ messageId, message }: ClaimedMessage): Promise<NextTurn | undefined> {
    const { runtimes, apps, stopping, log } = this.#deps
    const { app } = message
    try {
      if ((await runtimes.get(app)) !== undefined) return { atMs: this.#now() }
      // No other node could do more with the message until the app is changed.
      if ((await apps.get(app)) !== undefined) return { atMs: this.#now() + LOOK_AGAIN_MS }
      await this.#deps.cancel(messageId, "app_removed")
      return { atMs: this.#now() + LOOK_AGAIN_MS }
    } catch (error) {
      const fields = { app, message: messageId, ...traceField(message), code: codeOf(error) }
      if (!stopping.aborted) log.error(fields, "processing of a message failed; trying again")
      return { atMs: this.#now() + AFTER_TROUBLE_MS }
    }
  }

  /** @param setBefore by how much the clock had been set when the turn began */
  #wasSetBack(setBefore: number): boolean {
    this.#now()
    return this.#deps.clock.setByMs < setBefore
  }

  #dueAgainAt(acceptedAt: number, nextAt: number): number {
    const now = this.#now()
    // The turn was cut short, and the process that continues the message finds out what it waits for.
    if (this.#deps.stopping.aborted) return now
    // If there is nothing to wait for, the message is finished, and this time is not used.
    return nextAt === Infinity ? now + LOOK_AGAIN_MS : Math.max(nextAt, Math.min(acceptedAt, now))
  }

  #now(): number {
    return this.#deps.clock.now()
  }
}

const WITHOUT_RUNTIME: Pick<Turn, "interrupt" | "lose"> = { interrupt: () => undefined, lose: () => undefined }
const OPEN: Readiness = { kind: "open" }
const AFTER_TROUBLE_MS = 1000
const EXPIRED_AT_ONCE = 1000
const LOOK_AGAIN_MS = 60_000
