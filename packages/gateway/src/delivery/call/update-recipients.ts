import { reasonOfPart } from "@wecom-push/protocol/delivery"
import { RecipientUpdates } from "../../model/recipient-updates.ts"
import type { CallTarget } from "../../model/target.ts"
import type { DeferredTarget, Reservation } from "../../model/ports/governor.ts"
import type { RecipientUpdate } from "../../model/ports/outbox.ts"
import { endPending } from "../commands/parts-sent.ts"
import type { RunContext } from "./run-context.ts"

/** Counts recipients that have reached a final state by a change that is stored. */
export function countFinished({ deps, message }: RunContext, updates: readonly RecipientUpdate[]): void {
  for (const { state, slots } of updates) {
    if (state !== "pending" && slots !== "all") deps.metrics.recipientsFinished(message.app, state, slots.length)
  }
}

/** WeCom refuses every call that contains these, together or apart. */
export async function giveUp(
  run: RunContext,
  targets: readonly CallTarget[],
  part: number,
  errcode: number | undefined,
): Promise<void> {
  const updates = new RecipientUpdates()
  const reason = reasonOfPart("call_refused", part, run.partCount)
  const detail = { reason, ...(errcode !== undefined && { errcode }) }
  for (const { positions } of targets) {
    for (const position of positions) updates.add(position, { state: "failed", detail })
  }
  await run.update({ updates: updates.list() })
  countFinished(run, updates.list())
}

/** Fails the recipients that wait for the app that `else` names, which was removed. */
export async function failWithoutApp(run: RunContext, app: string): Promise<void> {
  for (let index = 0; index < run.claimed.chunkCount && !run.isLost; index++) {
    const [chunk] = await run.deps.outbox.chunks({ messageId: run.message.id, from: index, count: 1 })
    if (chunk === undefined) continue
    const slots = [...chunk.states.keys()].filter(
      (slot) => chunk.states[slot] === "pending" && chunk.details[slot]?.app === app,
    )
    if (slots.length === 0) continue
    const detail = { reason: "app_removed" }
    const updates: RecipientUpdate[] = [{ chunk: index, slots, from: ["pending"], state: "failed", detail }]
    await run.update({ updates })
    countFinished(run, updates)
  }
}

/**
 * Expires a message: recipients to whom nothing has gone out will get nothing. A call that may have arrived keeps its
 * recipients.
 */
export async function expire(run: RunContext): Promise<void> {
  const { claimed, deps, message } = run
  const { chunkCount, callCount } = claimed
  const { parts } = message.otherwise ?? message
  const partCount = callCount === 0 ? 1 : parts.length
  const ended = await endPending(deps, { id: message.id, partCount, chunkCount }, { at: run.now(), state: "expired" })
  deps.metrics.recipientsFinished(message.app, "expired", ended.recipients)
}

/** The targets of a call that may go now; what the call needs for them is taken. The others wait, and show why. */
export async function withinLimits(
  run: RunContext,
  reservation: Reservation,
  targets: readonly CallTarget[],
): Promise<readonly CallTarget[]> {
  const { going, deferred } = await reservation.take(targets)
  await defer(run, deferred)
  return going
}

/** The recipients wait, and show why and for how long. */
export async function defer(run: RunContext, deferred: readonly DeferredTarget[]): Promise<void> {
  if (deferred.length === 0) return
  const { message, deps } = run
  const updates = new RecipientUpdates()
  for (const { target, untilMs: delayedUntil, reason } of deferred) {
    for (const position of target.positions)
      updates.add(position, { state: "pending", detail: { delayedUntil, reason } })
    run.nextWake.until(delayedUntil)
    deps.metrics.throttled(message.app, reason)
  }
  await run.update({ updates: updates.list() })
}
