import { setImmediate as immediate } from "node:timers/promises"
import type { Clock } from "@wecom-push/sdk"
import type { CancelManyOutcome, KeptBack } from "../../model/ports/dispatcher.ts"
import type { DeliveryMetrics } from "../../model/ports/metrics.ts"
import type { OutboxStore } from "../../model/ports/outbox.ts"
import type { MessageReader, Whose } from "../../model/ports/reader.ts"
import type { Commands } from "./commands.ts"

export interface CancelManyDeps {
  readonly outbox: Pick<OutboxStore, "endUnbegun">
  readonly reader: Pick<MessageReader, "unfinishedOf">
  readonly clock: Clock
  readonly metrics: Pick<DeliveryMetrics, "recipientsFinished">
  readonly commands: Pick<Commands, "cancel">
}

/**
 * Cancels the unfinished messages of a key or an app, for some seconds: hundreds of thousands need several requests, and
 * each is answered while its caller still waits. Messages without a call end many at a time; the others one by one, as by a
 * cancel of one message.
 */
export async function cancelMany(of: Whose, deps: CancelManyDeps): Promise<CancelManyOutcome> {
  const { reader, clock } = deps
  const untilMs = performance.now() + LONGEST_MS
  const left: KeptBack[] = []
  let [messages, recipients] = [0, 0]
  let cursor: string | undefined
  do {
    const page = await reader.unfinishedOf({ of, limit: MESSAGES_AT_ONCE, ...(cursor !== undefined && { cursor }) })
    const ended = await deps.outbox.endUnbegun({ messageIds: page.items, state: "cancelled", at: clock.now() })
    for (const one of ended) deps.metrics.recipientsFinished(one.app, "cancelled", one.recipients)
    messages += ended.length
    recipients += ended.reduce((sum, one) => sum + one.recipients, 0)
    const isEnded = new Set(ended.map(({ messageId }) => messageId))
    const others = await cancelEach(
      page.items.filter((id) => !isEnded.has(id)),
      deps,
    )
    messages += others.messages
    recipients += others.recipients
    left.push(...others.left)
    cursor = page.nextCursor
    await immediate()
  } while (cursor !== undefined && performance.now() < untilMs)
  return { messages, recipients, left, more: cursor !== undefined }
}

async function cancelEach(
  ids: readonly string[],
  { commands }: CancelManyDeps,
): Promise<Omit<CancelManyOutcome, "more">> {
  const left: KeptBack[] = []
  let [messages, recipients] = [0, 0]
  for (let from = 0; from < ids.length; from += COMMANDS_AT_ONCE) {
    const some = ids.slice(from, from + COMMANDS_AT_ONCE)
    const outcomes = await Promise.all(some.map(async (id) => ({ id, outcome: await commands.cancel(id) })))
    for (const { id, outcome } of outcomes) {
      if (outcome.kind === "cancelled") messages++
      else left.push({ id, why: outcome.kind })
      if (outcome.kind !== "already_sent") recipients += outcome.recipients
    }
  }
  return { messages, recipients, left }
}

/** Waiting callers, and proxies in front of the gateway, give up after a minute or half of one. */
const LONGEST_MS = 10_000
const MESSAGES_AT_ONCE = 1000
/** Each may have to wait for a call that is under way. */
const COMMANDS_AT_ONCE = 50
