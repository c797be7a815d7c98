import type { AttemptEnd, AttemptDecision, CallKind } from "@wecom-push/protocol/delivery"
import {
  ANSWERED_REASONS,
  getsNextPart,
  isLookedUpAnew,
  keptErrmsg,
  readErrmsg,
  readSendAnswer,
  reasonOfPart,
} from "@wecom-push/protocol/delivery"
import type { MessageProblem } from "./message.ts"
import { RecipientUpdates } from "./recipient-updates.ts"
import type { RecipientUpdate, Settlement, StartedCall } from "./ports/outbox.ts"
import type { RecipientDetail } from "./recipients.ts"
import type { CallTarget } from "./target.ts"

export interface Attempted {
  readonly kind: Pick<CallKind, "resultsOf">
  readonly started: Pick<StartedCall, "messageId" | "number" | "attempt">
  readonly targets: readonly CallTarget[]
  /** Counted from 0. */
  readonly part: number
  readonly partCount: number
  /** The caller's own duplicate check kept it back. */
  readonly isSuppressed: boolean
  /** The app that sends the message to members with whom there is no conversation. */
  readonly otherApp?: string | undefined
  readonly finishedAt: number
}

export interface Settled {
  readonly settlement: Settlement
  /** The targets that the next part goes to. */
  readonly survivors: readonly CallTarget[]
  /** Targets who certainly got nothing by this call. */
  readonly unreached: readonly CallTarget[]
  /** Some recipients are to be looked up anew, and sent to again. */
  readonly hasNewOwners: boolean
  /** How many recipients have reached a final state by it. */
  readonly finished: number
  readonly unknownIds: readonly string[]
}

/** What a decision means for the call and for each recipient it carried. */
export function settle(
  attempted: Attempted,
  end: AttemptEnd,
  decision: AttemptDecision,
  delayedUntil?: number,
): Settled {
  const { started, part, partCount, finishedAt } = attempted
  const answer = end.kind === "answer" ? end.answer : end.failure
  const base = {
    messageId: started.messageId,
    number: started.number,
    attempt: started.attempt,
    finishedAt,
    ...(answer.errcode !== undefined && { errcode: answer.errcode }),
    errmsg: keptErrmsg(answer.errmsg),
  }
  if (decision.kind === "accepted") return settleAccepted(attempted, end, base)
  if (decision.kind === "halve" || decision.kind === "renew") {
    return plain({ ...base, result: "refused", final: true, spent: true, updates: [] })
  }
  const updates = new RecipientUpdates()
  if (decision.kind === "final") {
    const { result, state } = decision
    const reason = reasonOfPart(decision.reason, part, partCount)
    let hasNewOwners = false
    const other = state === "not_opened" && part === 0 ? attempted.otherApp : undefined
    for (const target of attempted.targets) {
      if (other !== undefined && target.kind === "user") {
        addUpdate(updates, target, { state: "pending", detail: { app: other } })
      } else if (addUpdate(updates, target, { state, call: started.number })) hasNewOwners = true
    }
    const problem = state === "failed" ? { problem: problemOf("call_refused", base) } : {}
    const settlement = { ...base, result, reason, final: true, spent: true, updates: updates.list(), ...problem }
    return { ...plain(settlement, state === "in_doubt" ? [] : attempted.targets), hasNewOwners }
  }
  if (delayedUntil !== undefined) {
    const detail = { delayedUntil, reason: "app_rate" }
    for (const target of attempted.targets) addUpdate(updates, target, { state: "pending", detail })
  }
  const { result, spent, at } = decision
  return plain({
    ...base,
    result,
    final: false,
    spent,
    updates: updates.list(),
    ...(at !== undefined && { retryAt: at }),
    ...(decision.health.kind === "misconfigured" && { problem: problemOf("app_paused", base) }),
  })
}

type Base = Pick<Settlement, "messageId" | "number" | "attempt" | "finishedAt" | "errcode" | "errmsg">

function settleAccepted(attempted: Attempted, end: AttemptEnd, base: Base): Settled {
  if (end.kind !== "answer") throw new TypeError("accepted without an answer")
  const { answer } = end
  const { kind, started, targets, part, partCount, isSuppressed } = attempted
  const { msgid, responseCode } = readSendAnswer(answer)
  const results = kind.resultsOf(answer, isSuppressed)
  const isLastPart = part + 1 >= partCount
  const survivors: CallTarget[] = []
  let hasNewOwners = false
  const unreached: CallTarget[] = []
  const updates = new RecipientUpdates()
  const call = started.number
  for (const target of targets) {
    const state = results.of(target.kind, target.key)
    const reason = ANSWERED_REASONS[state]
    const hasPart = getsNextPart(state)
    const goesOn = !isLastPart && hasPart
    if (goesOn) survivors.push(target)
    if (!hasPart) unreached.push(target)
    const detail: RecipientDetail | undefined =
      reason === undefined ? undefined : { reason: reasonOfPart(reason, part, partCount) }
    if (addUpdate(updates, target, { state: goesOn ? "pending" : state, call, detail })) hasNewOwners = true
  }
  const isMisread = answer.errmsg !== "ok" && readErrmsg(answer.errmsg).jsonWarning
  const settlement: Settlement = {
    ...base,
    result: answer.errcode === 0 ? "accepted" : "refused",
    final: true,
    spent: true,
    updates: updates.list(),
    // Clears the problem of an earlier attempt.
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
    unknownIds: results.unknownIds(targets),
  }
}

/** @returns whether some of those recipients are looked up anew instead */
function addUpdate(
  updates: RecipientUpdates,
  target: CallTarget,
  shared: Pick<RecipientUpdate, "state" | "call" | "detail">,
): boolean {
  const { positions } = target
  // Stored with the outcome, so that a userid that was found costs no write of its own.
  const userid = target.kind === "user" ? target.id : undefined
  const remembered = isLookedUpAnew(shared.state, true) ? target.remembered : NONE
  let hasNewOwners = false
  for (const [index, position] of positions.entries()) {
    if (remembered[index] === true) {
      hasNewOwners = true
      updates.add(position, { state: "pending", detail: { fresh: true } }, null)
    } else updates.add(position, shared, userid)
  }
  return hasNewOwners
}

const NONE: readonly boolean[] = []

function problemOf(code: string, { errcode, errmsg }: Base): MessageProblem {
  return { code, ...(errcode !== undefined && { errcode }), ...(errmsg !== undefined && { errmsg }) }
}

function plain(settlement: Settlement, unreached: readonly CallTarget[] = []): Settled {
  const finished = finishedBy(settlement.updates)
  return { settlement, survivors: [], unreached, hasNewOwners: false, finished, unknownIds: [] }
}

function finishedBy(updates: readonly RecipientUpdate[]): number {
  return updates.reduce((sum, { state, slots }) => (state === "pending" ? sum : sum + slots.length), 0)
}
