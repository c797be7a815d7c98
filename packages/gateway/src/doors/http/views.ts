import { BOT_TAKEN } from "@wecom-push/protocol/delivery"
import type { Fault } from "@wecom-push/protocol"
import type { z } from "zod"
import { errorOfFault } from "../../accept/issues.ts"
import type { AttemptView, MessageSummary, Page, RecipientView } from "../../model/ports/reader.ts"
import { formatRfc3339 } from "../../accept/rfc3339.ts"
import type { AppPause } from "../../model/ports/apps.ts"
import type { Outage } from "../../model/outage.ts"
import { languageOf } from "../kit/language.ts"
import { delayOfMessage, delayOfRecipient } from "./standstill.ts"
import type { Delay, Standstill } from "./standstill.ts"
import type { attemptView, messageDetail, messageView, outageView, pauseView, recipientView } from "./schemas.ts"

/** A message as the API shows it. */
export function viewOfMessage(
  message: MessageSummary,
  standstill: Standstill,
  now: number,
): z.output<typeof messageView> {
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
    problem: problemOf(message, standstill, now),
  }
}

/**
 * Fields to spread into an answer: none if there is no warning.
 * @param acceptLanguage the header, read only if there are warnings
 */
export function viewOfWarnings(
  warnings: readonly Fault[],
  acceptLanguage: string | undefined,
): Pick<z.output<typeof messageDetail>, "warnings"> {
  if (warnings.length === 0) return {}
  const language = languageOf(acceptLanguage)
  return {
    warnings: warnings.map((fault) => {
      const { path, code, detail, errcode } = errorOfFault(fault)
      return { path, code, detail: detail[language], ...(errcode === undefined ? {} : { errcode }) }
    }),
  }
}

export function viewOfDelay(delay: Delay | undefined): { reason: Delay["reason"]; until: string | null } | null {
  return delay === undefined ? null : { reason: delay.reason, until: timeOrNull(delay.until) }
}

export function viewOfOutage({ since, nextTryAt, cause }: Outage): z.output<typeof outageView> {
  return {
    since: formatRfc3339(since),
    next_try_at: formatRfc3339(nextTryAt),
    cause: cause.kind ?? null,
    errcode: cause.errcode ?? null,
    errmsg: cause.errmsg,
  }
}

export function viewOfPause(pause: AppPause | undefined): z.output<typeof pauseView> | null {
  if (pause === undefined) return null
  const { errcode, errmsg, since, nextProbeAt } = pause
  return { errcode, errmsg, since: formatRfc3339(since), next_probe_at: formatRfc3339(nextProbeAt) }
}

/** @param ofMessage the message's app, and what the whole message waits for */
export function viewOfRecipient(
  recipient: RecipientView,
  { app, delay: awaited }: { readonly app: string; readonly delay: Delay | undefined },
  now: number,
): z.output<typeof recipientView> {
  const delay = delayOfRecipient(recipient, awaited, now)
  return {
    type: recipient.type,
    address: recipient.address,
    state: recipient.state,
    userid: recipient.userid ?? null,
    app: recipient.app ?? app,
    msgid: recipient.msgid ?? null,
    errcode: recipient.errcode ?? null,
    reason: (recipient.state === "pending" ? delay?.reason : recipient.reason) ?? null,
    delayed_until: timeOrNull(delay?.until),
    at: timeOrNull(recipient.at),
  }
}

/**
 * A problem of the whole app is shown as long as it lasts, even if the message has not met it. A pause that the message has
 * met is no longer shown once it is corrected.
 */
function problemOf(
  message: MessageSummary,
  standstill: Standstill,
  now: number,
): z.output<typeof messageView>["problem"] {
  const { problem, counts } = message
  const { pause, outage } = standstill
  if (counts.pending > 0 && pause !== undefined) {
    const { errcode, errmsg, since, nextProbeAt } = pause
    const times = { since: formatRfc3339(since), next_try_at: formatRfc3339(nextProbeAt) }
    return { code: errmsg === BOT_TAKEN ? "bot_taken" : APP_PAUSED, cause: null, errcode, errmsg, ...times }
  }
  if (outage !== undefined && delayOfMessage(message, standstill, now)?.reason === "unreachable") {
    return { code: "wecom_unreachable", ...viewOfOutage(outage) }
  }
  if (problem === undefined || (counts.pending > 0 && problem.code === APP_PAUSED)) return null
  const { code, errcode = null, errmsg = null } = problem
  return { code, cause: null, errcode, errmsg, since: null, next_try_at: null }
}

const APP_PAUSED = "app_paused"

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
