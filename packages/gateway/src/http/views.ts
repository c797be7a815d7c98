import type { z } from "zod"
import type { AttemptView, MessageSummary, Page, RecipientView } from "../core/ports/reader.ts"
import { formatRfc3339 } from "../accept/rfc3339.ts"
import type { attemptView, messageView, recipientView } from "./schemas.ts"

/** What is told about a message, under the names of the API. */
export function viewOfMessage(message: MessageSummary): z.output<typeof messageView> {
  const { problem } = message
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

export function viewOfRecipient(recipient: RecipientView): z.output<typeof recipientView> {
  return {
    type: recipient.type,
    address: recipient.address,
    state: recipient.state,
    userid: recipient.userid ?? null,
    msgid: recipient.msgid ?? null,
    errcode: recipient.errcode ?? null,
    reason: recipient.reason ?? null,
    delayed_until: timeOrNull(recipient.delayedUntil),
    at: timeOrNull(recipient.at),
  }
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
