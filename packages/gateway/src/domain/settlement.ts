import { readErrmsg, readSendAnswer } from "@wecom-push/protocol"
import { readFates } from "./fates.ts"
import type { Exchange, Verdict } from "./judge.ts"
import type { MessageProblem } from "./message.ts"
import { RecipientUpdates } from "./recipient-updates.ts"
import type { RecipientUpdate, Settlement, StartedCall } from "../ports/outbox.ts"
import type { RecipientDetail } from "./recipients.ts"
import type { CallTarget } from "./target.ts"

export interface Attempted {
  readonly started: Pick<StartedCall, "messageId" | "number" | "attempt">
  readonly targets: readonly CallTarget[]
  /** From 0. */
  readonly part: number
  readonly partCount: number
  /** The caller's own duplicate check kept it back. */
  readonly isSuppressed: boolean
  readonly finishedAt: number
}

export interface Settled {
  readonly settlement: Settlement
  /** Who is to get the next part. */
  readonly survivors: readonly CallTarget[]
  /** Who certainly got nothing by this call. */
  readonly unreached: readonly CallTarget[]
  /** Some recipients are to be looked up anew, and sent to again. */
  readonly hasNewOwners: boolean
  /** How many recipients have reached a final state by it. */
  readonly finished: number
  readonly strangers: readonly string[]
}

/** What a verdict means for the call and for each recipient it carried. */
export function settle(attempted: Attempted, exchange: Exchange, verdict: Verdict, delayedUntil?: number): Settled {
  const { started, finishedAt } = attempted
  const answer = exchange.kind === "answer" ? exchange.answer : exchange.failure
  const base = {
    messageId: started.messageId,
    number: started.number,
    attempt: started.attempt,
    finishedAt,
    ...(answer.errcode !== undefined && { errcode: answer.errcode }),
    errmsg: answer.errmsg.slice(0, MAX_ERRMSG_LENGTH),
  }
  if (verdict.kind === "accepted") return settleAccepted(attempted, exchange, base)
  if (verdict.kind === "halve" || verdict.kind === "renew") {
    return plain({ ...base, result: "refused", final: true, spent: true, updates: [] })
  }
  const updates = new RecipientUpdates()
  if (verdict.kind === "final") {
    const { result, state } = verdict
    const reason = reasonOf(verdict.reason, attempted)
    forEachRow(attempted.targets, (position, userid) => updates.add(position, { state, userid, call: started.number }))
    const problem = state === "failed" ? { problem: problemOf("call_refused", base) } : {}
    const settlement = { ...base, result, reason, final: true, spent: true, updates: updates.list(), ...problem }
    return plain(settlement, state === "in_doubt" ? [] : attempted.targets)
  }
  if (delayedUntil !== undefined) {
    const detail = { delayedUntil, reason: "app_rate" }
    forEachRow(attempted.targets, (position, userid) => updates.add(position, { state: "pending", userid, detail }))
  }
  const { result, spent, at } = verdict
  return plain({
    ...base,
    result,
    final: false,
    spent,
    updates: updates.list(),
    ...(at !== undefined && { retryAt: at }),
    ...(verdict.news.kind === "misconfigured" && { problem: problemOf("app_paused", base) }),
  })
}

const MAX_ERRMSG_LENGTH = 500

type Base = Pick<Settlement, "messageId" | "number" | "attempt" | "finishedAt" | "errcode" | "errmsg">

function settleAccepted(attempted: Attempted, exchange: Exchange, base: Base): Settled {
  if (exchange.kind !== "answer") throw new TypeError("accepted without an answer")
  const { answer } = exchange
  const { started, targets, part, partCount, isSuppressed } = attempted
  const fates = readFates(targets, answer, isSuppressed)
  const { msgid, responseCode } = readSendAnswer(answer)
  const isLastPart = part + 1 >= partCount
  const survivors: CallTarget[] = []
  let hasNewOwners = false
  const unreached: CallTarget[] = []
  const updates = new RecipientUpdates()
  const call = started.number
  for (const target of targets) {
    const { state, reason } = fates.of(target)
    const goesOn = !isLastPart && (state === "sent" || state === "suppressed")
    if (goesOn) survivors.push(target)
    if (state !== "sent" && state !== "suppressed") unreached.push(target)
    const detail: RecipientDetail | undefined =
      reason === undefined ? undefined : { reason: reasonOf(reason, attempted) }
    const change = { state: goesOn ? "pending" : state, userid: useridOf(target), call, detail } as const
    const remembered = state === "invalid" ? target.remembered : NONE
    for (const [index, position] of target.positions.entries()) {
      if (remembered[index] === true) {
        hasNewOwners = true
        // The number may have a new owner: WeCom gave us this userid itself, some days ago.
        updates.add(position, { state: "pending", userid: null, detail: { fresh: true } })
      } else updates.add(position, change)
    }
  }
  const isMisread = answer.errmsg !== "ok" && readErrmsg(answer.errmsg).jsonWarning
  const settlement: Settlement = {
    ...base,
    result: answer.errcode === 0 ? "accepted" : "refused",
    final: true,
    spent: true,
    updates: updates.list(),
    // What was in the way of an earlier attempt no longer is.
    ...(isMisread ? { problem: problemOf("json_not_understood", base) } : started.attempt > 1 && { problem: null }),
    ...(msgid !== undefined && { msgid }),
    ...(responseCode !== undefined && { responseCode }),
  }
  return {
    settlement,
    survivors,
    unreached,
    hasNewOwners,
    finished: finishedBy(settlement.updates),
    strangers: fates.strangers,
  }
}

const NONE: readonly boolean[] = []

function problemOf(code: string, { errcode, errmsg }: Base): MessageProblem {
  return { code, ...(errcode !== undefined && { errcode }), ...(errmsg !== undefined && { errmsg }) }
}

function plain(settlement: Settlement, unreached: readonly CallTarget[] = []): Settled {
  const finished = finishedBy(settlement.updates)
  return { settlement, survivors: [], unreached, hasNewOwners: false, finished, strangers: [] }
}

function finishedBy(updates: readonly RecipientUpdate[]): number {
  return updates.reduce((sum, { state, slots }) => (state === "pending" ? sum : sum + slots.length), 0)
}

function forEachRow(
  targets: readonly CallTarget[],
  visit: (position: CallTarget["positions"][number], userid: string | undefined) => void,
): void {
  for (const target of targets) for (const position of target.positions) visit(position, useridOf(target))
}

/** Written down with the outcome, so that no number that was found costs a write of its own. */
function useridOf({ kind, id }: CallTarget): string | undefined {
  return kind === "user" ? id : undefined
}

/**
 * Whoever did not get a later part did get the parts before it.
 * @param part from 0
 */
export function reasonOf(
  reason: string,
  { part, partCount }: { readonly part: number; readonly partCount: number },
): string {
  return part === 0 ? reason : `part_${part + 1}_of_${partCount}_${reason}`
}
