import type { DelayReason, RecipientState } from "@wecom-push/protocol/delivery"
import type { RecipientView } from "../model/ports/reader.ts"
import type { RecipientChunk } from "../model/recipients.ts"
import { toWait } from "./call-delay.ts"
import { integer, optionalInteger, optionalText } from "./row.ts"
import type { Row } from "./row.ts"

/** What all recipients of a call share. */
export interface CallFacts {
  readonly msgid: string | undefined
  readonly errcode: number | undefined
  readonly reason: string | undefined
  readonly finishedAt: number | undefined
}

export function toCallFacts(row: Row): CallFacts {
  return {
    msgid: optionalText(row, "msgid"),
    errcode: optionalInteger(row, "errcode"),
    reason: optionalText(row, "reason"),
    finishedAt: optionalInteger(row, "finished_at"),
  }
}

/** Recipients of a call that is repeated unchanged wait until then, for this reason. */
export interface Repeat {
  readonly delayedUntil: number
  readonly reason: DelayReason
}

export function toRepeat(row: Row): Repeat {
  const { delay } = toWait(row)
  if (delay !== undefined) return { delayedUntil: delay.untilMs, reason: delay.reason }
  const reason = optionalText(row, "result") === "refused" ? "wecom_busy" : "unreachable"
  return { delayedUntil: integer(row, "retry_at"), reason }
}

/** States that have a reason, so that each recipient shows the answer that its call got. */
const EXPLAINED: ReadonlySet<RecipientState> = new Set<RecipientState>([
  "invalid",
  "unlicensed",
  "failed",
  "in_doubt",
  "suppressed",
  "not_opened",
])

export function toRecipientView(
  chunk: RecipientChunk,
  slot: number,
  factsOf: (call: number) => CallFacts | undefined,
): RecipientView | undefined {
  const type = chunk.types[slot]
  const address = chunk.addresses[slot]
  const state = chunk.states[slot]
  if (type === undefined || address === undefined || state === undefined) return undefined
  const detail = chunk.details[slot]
  const call = chunk.calls[slot] ?? undefined
  const facts = call === undefined ? undefined : factsOf(call)
  const isExplained = EXPLAINED.has(state)
  return {
    type,
    address,
    state,
    userid: chunk.userids[slot] ?? undefined,
    app: detail?.app,
    msgid: facts?.msgid,
    errcode: detail?.errcode ?? (isExplained ? facts?.errcode : undefined),
    reason: detail?.reason ?? (isExplained ? facts?.reason : undefined),
    delayedUntil: detail?.delayedUntil,
    at: detail?.at ?? (state === "pending" ? undefined : facts?.finishedAt),
  }
}
