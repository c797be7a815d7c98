import { isDelayReason } from "@wecom-push/protocol/delivery"
import type { DelayReason } from "@wecom-push/protocol/delivery"
import type { AppPause } from "../../model/ports/apps.ts"
import type { DoubtedExpiry } from "../../model/jump-aware-clock.ts"
import type { Lifetime } from "../../model/message.ts"
import type { Outage } from "../../model/outage.ts"
import type { MessageSummary, RecipientView } from "../../model/ports/reader.ts"
import type { HttpDeps } from "../kit/deps.ts"

/** A reason why all messages of an app wait. */
export interface Standstill {
  readonly pause: AppPause | undefined
  readonly outage: Outage | undefined
  /** Undefined if nothing waits. */
  readonly why: DelayReason | undefined
  /** When the next call, or the next try, may go out; undefined if that is now. */
  readonly until: number | undefined
  /** The time to which the clock was set a moment ago, and which the gateway does not trust yet. */
  readonly doubtedExpiry: DoubtedExpiry | undefined
}

export const NO_STANDSTILL: Standstill = {
  pause: undefined,
  outage: undefined,
  why: undefined,
  until: undefined,
  doubtedExpiry: undefined,
}

export async function standstillOf(
  app: string,
  { stores, dispatcher, now, clock }: Pick<HttpDeps, "stores" | "dispatcher" | "now" | "clock">,
): Promise<Standstill> {
  const record = await stores.apps.get(app)
  const pause = record && dispatcher.pauseOf(record)
  const { closedUntil, why, outage } = dispatcher.standing(app)
  const until = Math.max(closedUntil ?? 0, pause?.nextProbeAt ?? 0)
  return {
    pause,
    outage,
    why: pause === undefined ? why : "app_paused",
    until: until > now() ? until : undefined,
    doubtedExpiry: clock.doubtedExpiry(),
  }
}

/** Why a recipient is pending, and until when, if that is known. */
export interface Delay {
  readonly reason: DelayReason
  readonly until: number | undefined
}

/** The reason why all pending recipients of a message wait. It is not stored: it follows from the state at each read. */
export function delayOfMessage(
  message: Pick<MessageSummary, "counts" | "sendAt" | "isBehind" | keyof Lifetime>,
  { why, until, doubtedExpiry }: Standstill,
  now: number,
): Delay | undefined {
  const { counts, sendAt, isBehind } = message
  if (counts.pending === 0) return undefined
  if (doubtedExpiry?.concerns(message) === true) {
    return { reason: "clock_set", until: doubtedExpiry.untilMs }
  }
  if (sendAt > now && (why === undefined || sendAt > (until ?? now))) return { reason: "scheduled", until: sendAt }
  if (why !== undefined) return { reason: why, until }
  return isBehind ? { reason: "order", until: undefined } : undefined
}

/** A recipient that waits for two things waits for the later one. */
export function delayOfRecipient(
  recipient: RecipientView,
  ofMessage: Delay | undefined,
  now: number,
): Delay | undefined {
  const { state, delayedUntil, reason } = recipient
  if (state !== "pending") return undefined
  if (delayedUntil === undefined || delayedUntil <= now || !isDelayReason(reason)) return ofMessage
  const own = { reason, until: delayedUntil }
  if (ofMessage === undefined) return own
  return ofMessage.reason === "order" || (ofMessage.until ?? now) >= delayedUntil ? ofMessage : own
}
