import { callKind, isRecallable, readRecall } from "@wecom-push/protocol/delivery"
import { wayNamed } from "../../channels/ways.ts"
import type { RecalledCall } from "../../model/ports/dispatcher.ts"
import type { OutboxStore, RecipientUpdate } from "../../model/ports/outbox.ts"
import type { CallView, MessageDetail, MessageReader } from "../../model/ports/reader.ts"
import type { Clock } from "@wecom-push/sdk"
import { isOfOtherApp } from "../../model/of-other-app.ts"
import { chunkOf, slotOf } from "../../model/recipients.ts"
import type { AppRuntime, AppRuntimes } from "../app-runtimes.ts"
import type { DeliveryMetrics } from "../../model/ports/metrics.ts"

export interface RecallDeps {
  readonly outbox: Pick<OutboxStore, "update">
  readonly reader: Pick<MessageReader, "calls">
  readonly clock: Clock
  readonly metrics: Pick<DeliveryMetrics, "recipientsFinished">
}

/**
 * Asks WeCom to take back every call of a message that went out, and reports each.
 * @see https://developer.work.weixin.qq.com/document/path/94867
 */
export async function recallCalls(
  deps: RecallDeps,
  senders: Senders,
  message: RecalledMessage,
): Promise<RecalledCall[]> {
  const recalled: RecalledCall[] = []
  let cursor: string | undefined
  do {
    const page = await recallPage(deps, senders, message, cursor)
    recalled.push(...page.recalled)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return recalled
}

/** The same for the calls behind the cursor, as many as are asked for at a time. */
export async function recallPage(
  deps: RecallDeps,
  senders: Senders,
  message: RecalledMessage,
  cursor: string | undefined,
): Promise<{ readonly recalled: readonly RecalledCall[]; readonly nextCursor: string | undefined }> {
  const { items, nextCursor } = await deps.reader.calls({
    messageId: message.id,
    limit: RECALLED_AT_ONCE,
    ...(cursor !== undefined && { cursor }),
  })
  const outcomes = await Promise.all(items.map((call) => recallCall(deps, senders, message, call)))
  return { recalled: outcomes.filter((outcome) => outcome !== undefined), nextCursor }
}

type RecalledMessage = Pick<MessageDetail, "id" | "app" | "partCount" | "trace" | "otherwise">

/** The apps by which a message went out. Undefined where one cannot be used. */
export interface Senders {
  readonly own: AppRuntime | undefined
  /** The one that `else` names. */
  readonly other?: AppRuntime | undefined
}

export async function sendersOf(
  runtimes: Pick<AppRuntimes, "get">,
  { app, otherwise }: Pick<MessageDetail, "app" | "otherwise">,
): Promise<Senders> {
  const own = await runtimes.get(app)
  return otherwise === undefined ? { own } : { own, other: await runtimes.get(otherwise.app) }
}

export const RECALLED_AT_ONCE = 10

/** @returns undefined for a call that reached no recipient */
async function recallCall(
  deps: RecallDeps,
  { own, other }: Senders,
  message: RecalledMessage,
  call: CallView,
): Promise<RecalledCall | undefined> {
  const { otherwise } = message
  const isOther = otherwise !== undefined && isOfOtherApp(call.kind)
  const runtime = isOther ? other : own
  const { app, partCount } = isOther ? otherwise : message
  const { number, msgid, result, finishedAt } = call
  if (call.recalledAt !== undefined) return { call: number, result: "recalled" }
  if (call.inFlight) return { call: number, result: "in_flight" }
  const reached = result === "accepted" || call.mayHaveArrived
  if (reached && callKind(call.kind)?.canRecall === false) return { call: number, result: "not_supported" }
  if (result !== "accepted") return call.mayHaveArrived ? { call: number, result: "unknown" } : undefined
  if (msgid === undefined) return { call: number, result: "unknown" }
  if (!isRecallable(finishedAt ?? -Infinity, deps.clock.now())) return { call: number, result: "expired" }
  const channel = runtime === undefined ? undefined : wayNamed(runtime, call.kind)
  // Its name may be that of an app of another kind now.
  if (channel?.recall === undefined) return { call: number, result: "unreachable", errmsg: NO_APP }

  const exchange = await channel.recall(msgid, message.trace)
  if (exchange.kind === "failure") {
    const { errcode, errmsg } = exchange.failure
    return { call: number, result: "unreachable", ...(errcode !== undefined && { errcode }), errmsg }
  }
  const { errcode, errmsg } = exchange.answer
  const recalled = readRecall(errcode)
  if (recalled !== "recalled") return { call: number, result: recalled, errcode, errmsg }
  const isLastPart = call.part + 1 >= partCount
  const changed = await deps.outbox.update({
    messageId: message.id,
    at: deps.clock.now(),
    recalledCalls: [number],
    updates: recalledRecipients(call, isLastPart),
  })
  if (isLastPart) deps.metrics.recipientsFinished(app, "recalled", changed?.changed ?? 0)
  return { call: number, result: "recalled", errcode, errmsg }
}

const NO_APP = "the app was removed, or its stored secret is damaged"

function recalledRecipients({ number, positions }: CallView, isLastPart: boolean): RecipientUpdate[] {
  return [...Map.groupBy(positions, chunkOf)].map(([chunk, ofChunk]): RecipientUpdate => {
    const place = { chunk, slots: ofChunk.map(slotOf), ofCall: number }
    if (isLastPart) return { ...place, from: ["sent", "suppressed"], state: "recalled" }
    // Cancelled after this part; nothing of the text is left on their phones.
    return { ...place, from: ["cancelled"], state: "cancelled", detail: { reason: "parts_recalled" } }
  })
}
