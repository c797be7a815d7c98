import type { z } from "zod"
import type { AttemptView, MessageSummary, Page, RecipientView } from "../core/ports/reader.ts"
import { formatRfc3339 } from "../accept/rfc3339.ts"
import type { Standstill } from "./standstill.ts"
import type { attemptView, messageView, recipientView } from "./schemas.ts"

/** What is told about a message, under the names of the API. */
export function viewOfMessage(message: MessageSummary, standstill: Standstill): z.output<typeof messageView> {
  const problem = problemOf(message, standstill)
  return {
    id: message.id,
    app: message.app,
    state: message.state,
    msgtype: message.msgtype,
    priority: message.priority,
    order_key: message.orderKey ?? null,
    created_at: formatRfc3339(message.acceptedAt),
    send_at: formatRfc3339(message.sendAt),
    expires_at: formatRfc3339(message.expiresAt),
    finished_at: timeOrNull(message.finishedAt),
    recipients: { total: message.recipientCount, ...message.counts },
    calls: message.callCount,
    problem:
      problem === undefined
        ? null
        : { code: problem.code, errcode: problem.errcode ?? null, errmsg: problem.errmsg ?? null },
  }
}

/** @param waitsUntil what nobody of the message goes out before */
export function viewOfRecipient(
  recipient: RecipientView,
  waitsUntil: number | undefined,
): z.output<typeof recipientView> {
  return {
    type: recipient.type,
    address: recipient.address,
    state: recipient.state,
    userid: recipient.userid ?? null,
    msgid: recipient.msgid ?? null,
    errcode: recipient.errcode ?? null,
    reason: recipient.reason ?? null,
    delayed_until: timeOrNull(delayedUntil(recipient, waitsUntil)),
    at: timeOrNull(recipient.at),
  }
}

/** A pause is told by the first message that meets it and concerns all of the app; once mended it is in nobody's way. */
function problemOf({ problem, counts }: MessageSummary, { pause }: Standstill): MessageSummary["problem"] {
  if (counts.pending === 0) return problem
  if (pause !== undefined) return { code: APP_PAUSED, errcode: pause.errcode, errmsg: pause.errmsg }
  return problem?.code === APP_PAUSED ? undefined : problem
}

const APP_PAUSED = "app_paused"

function delayedUntil({ state, delayedUntil: own }: RecipientView, waitsUntil: number | undefined): number | undefined {
  if (state !== "pending" || waitsUntil === undefined) return own
  return Math.max(own ?? waitsUntil, waitsUntil)
}

export function viewOfAttempt(attempt: AttemptView): z.output<typeof attemptView> {
  return {
    call: attempt.call,
    number: attempt.number,
    started_at: formatRfc3339(attempt.startedAt),
    finished_at: timeOrNull(attempt.finishedAt),
    errcode: attempt.errcode ?? null,
    errmsg: attempt.errmsg ?? null,
    result: attempt.result ?? null,
  }
}

export interface PageView<T> {
  readonly items: T[]
  readonly next_cursor: string | null
}

export function viewOfPage<T, V>({ items, nextCursor }: Page<T>, view: (item: T) => V): PageView<V> {
  return { items: items.map(view), next_cursor: nextCursor ?? null }
}

export function timeOrNull(at: number | undefined): string | null {
  return at === undefined ? null : formatRfc3339(at)
}
