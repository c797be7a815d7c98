import type { ErrcodeClass } from "../errcode-entry.ts"
import { cutText } from "../text/bad-text.ts"
import { pausesApp } from "./errcode-rules.ts"
import { reasonInDoubt } from "./send-meaning.ts"
import { repeatUntil } from "./repeat-window.ts"
import {
  busyDelayMs,
  CROWDED_DELAY_MS,
  delayMs,
  IN_DOUBT,
  refusalDelayMs,
  spreadDelay,
  UNREACHABLE,
} from "./retry-schedule.ts"
import type { GatewayReason, ReasonWord } from "./reasons.ts"
import type { RecipientState } from "./states.ts"
import type { CallKind } from "./kinds/call-kind.ts"
import type { WeComAnswer } from "./wecom-answer.ts"

/** How an attempt of a request ended. */
export type AttemptEnd =
  | { readonly kind: "answer"; readonly answer: WeComAnswer }
  | { readonly kind: "failure"; readonly failure: AttemptFailure }

/** There was no answer, or it was not WeCom's, or the token could not be had. */
export interface AttemptFailure {
  readonly code: FailureCode
  readonly class: ErrcodeClass | undefined
  readonly errcode: number | undefined
  readonly errmsg: string
  /** The transport's failure; undefined when WeCom refused, or no request was made. */
  readonly kind: string | undefined
}

export type FailureCode =
  | "invalid_input"
  | "refused"
  | "unreachable"
  | "in_doubt"
  | "unusable_answer"
  | "deadline"
  | "aborted"

/** The call as it was when the attempt began. */
export interface AttemptFacts {
  readonly kind: Pick<CallKind, "meaningOf">
  readonly targetCount: number
  readonly checkSeconds: number | null
  readonly firstTryAt: number
  /** 1 for the first. */
  readonly number: number
  readonly spentAttempts: number
  readonly mayHaveArrived: boolean
  /** Whether its body names files that can be uploaded again. */
  readonly namesMedia: boolean
}

export const ATTEMPT_RESULTS = ["accepted", "refused", "in_doubt", "not_sent"] as const
export type AttemptResult = (typeof ATTEMPT_RESULTS)[number]

/** The decision about the call. */
export type AttemptDecision =
  /** The answer has a result for each recipient. */
  | { readonly kind: "accepted"; readonly health: HealthSignal }
  /** All recipients have the same result. */
  | {
      readonly kind: "final"
      readonly result: AttemptResult
      readonly state: RecipientState
      readonly reason: ReasonWord | GatewayReason
      readonly health: HealthSignal
    }
  /** One recipient may be the whole cause: try each half separately. */
  | { readonly kind: "halve"; readonly health: HealthSignal }
  /** The id of a file is no longer valid: the call needs another body with a new id. */
  | { readonly kind: "renew"; readonly health: HealthSignal }
  /** Send the same bytes again. `at` undefined: as soon as the app may send again. */
  | {
      readonly kind: "again"
      readonly result: AttemptResult
      readonly spent: boolean
      readonly at: number | undefined
      readonly health: HealthSignal
    }

/** What an attempt says about the app as a whole. */
export type HealthSignal =
  /** WeCom takes calls of this app. */
  | { readonly kind: "healthy" }
  /** A setting is wrong: nothing is sent until it is corrected. `errcode` undefined when WeCom did not report it. */
  | { readonly kind: "misconfigured"; readonly errcode: number | undefined; readonly errmsg: string }
  /** WeCom answered 45009: too many calls. */
  | { readonly kind: "throttled" }
  /** WeCom answered 45033: too many calls under way at once. */
  | { readonly kind: "crowded" }
  | { readonly kind: "unreachable"; readonly cause: OutageCause }
  /** WeCom answers, but that says nothing about sending. */
  | { readonly kind: "answered" }
  | { readonly kind: "none" }

export interface OutageCause {
  /** The transport's failure, such as `refused`, `dns`, `timeout`, `proxy`; undefined when WeCom answered that it is busy. */
  readonly kind: string | undefined
  readonly errcode: number | undefined
  /** The failure in words, with the host. */
  readonly errmsg: string
}

/**
 * The decision after an attempt of a call, for a sender that can wait: hours when nothing can be sent, and for the
 * length of the duplicate check when an answer was lost.
 * @param now milliseconds since 1970
 * @param random from 0 to 1
 */
export function decideAttempt(
  end: AttemptEnd,
  facts: AttemptFacts,
  now: number,
  random: () => number,
): AttemptDecision {
  return end.kind === "answer"
    ? afterAnswer(end.answer, facts, now, random)
    : afterFailure(end.failure, facts, now, random)
}

function afterAnswer(
  { errcode, errmsg }: WeComAnswer,
  facts: AttemptFacts,
  now: number,
  random: () => number,
): AttemptDecision {
  const again = (delay: number | undefined, spent: boolean, health: HealthSignal): AttemptDecision => {
    const at = delay === undefined ? undefined : now + spreadDelay(delay, random)
    return { kind: "again", result: "refused", spent, at, health }
  }
  const tries = facts.spentAttempts + 1
  const meaning = facts.kind.meaningOf(errcode, facts.mayHaveArrived)
  switch (meaning) {
    case "accepted":
      return { kind: "accepted", health: HEALTHY }
    case "app_paused":
      return again(undefined, false, { kind: "misconfigured", errcode, errmsg })
    case "throttled":
      return again(undefined, false, { kind: "throttled" })
    case "crowded":
      return again(CROWDED_DELAY_MS, false, { kind: "crowded" })
    case "busy":
      return again(busyDelayMs(tries), true, HEALTHY)
    case "unknown": {
      const delay = refusalDelayMs(tries)
      if (delay !== undefined) return again(delay, true, HEALTHY)
      return facts.mayHaveArrived ? stillInDoubt(errcode) : CALL_REFUSED
    }
    case "in_doubt":
      return stillInDoubt(errcode)
    case "media_gone":
      return facts.namesMedia ? { kind: "renew", health: HEALTHY } : CALL_REFUSED
    case "one_recipient":
      return facts.targetCount > 1 ? { kind: "halve", health: HEALTHY } : REFUSED_ALONE
    case "not_opened":
      return NOT_OPENED
    case "refused":
      break
  }
  return CALL_REFUSED
}

const HEALTHY: HealthSignal = { kind: "healthy" }
const CALL_REFUSED: AttemptDecision = {
  kind: "final",
  result: "refused",
  state: "failed",
  reason: "call_refused",
  health: HEALTHY,
}
const REFUSED_ALONE: AttemptDecision = { ...CALL_REFUSED, state: "invalid", reason: "refused_alone" }
const NOT_OPENED: AttemptDecision = { ...CALL_REFUSED, state: "not_opened", reason: "no_conversation" }

function stillInDoubt(errcode: number): AttemptDecision {
  const reason = reasonInDoubt(errcode)
  return { kind: "final", result: "in_doubt", state: "in_doubt", reason, health: HEALTHY }
}

function afterFailure(
  failure: AttemptFailure,
  facts: AttemptFacts,
  now: number,
  random: () => number,
): AttemptDecision {
  const { code, errcode } = failure
  if (code === "in_doubt") return afterLostAnswer(failure, facts, now, random)
  if (code === "aborted") return { kind: "again", result: "not_sent", spent: false, at: now, health: { kind: "none" } }
  const health = healthAfterFailure(failure)
  const result = errcode === undefined ? "not_sent" : "refused"
  if (health.kind !== "unreachable") return { kind: "again", result, spent: false, at: undefined, health }
  const delay = spreadDelay(delayMs(UNREACHABLE, facts.number), random)
  return { kind: "again", result, spent: false, at: now + delay, health }
}

function afterLostAnswer(
  failure: AttemptFailure,
  facts: AttemptFacts,
  now: number,
  random: () => number,
): AttemptDecision {
  const health = unreachable(failure)
  const over = (reason: "no_check" | "answer_lost"): AttemptDecision => {
    return { kind: "final", result: "in_doubt", state: "in_doubt", reason, health }
  }
  if (facts.checkSeconds === null) return over("no_check")
  const at = now + spreadDelay(delayMs(IN_DOUBT, facts.number), random)
  if (at >= repeatUntil(facts.firstTryAt, facts.checkSeconds)) return over("answer_lost")
  return { kind: "again", result: "in_doubt", spent: false, at, health }
}

/** A look-up names no agent, so a good answer does not prove that the app can send. */
export function healthAfterLookup({ errcode, errmsg }: WeComAnswer): HealthSignal {
  return pausesApp(errcode) ? { kind: "misconfigured", errcode, errmsg } : { kind: "answered" }
}

/** `agent/get` has no content that a server in between could object to: if it fails there, every request would fail. */
export function healthAfterAgentGet(end: AttemptEnd): HealthSignal {
  if (end.kind === "answer") return healthAfterLookup(end.answer)
  const { errcode, errmsg, class: errorClass } = end.failure
  if (errcode === undefined && errorClass === "configuration") return { kind: "misconfigured", errcode, errmsg }
  return healthAfterFailure(end.failure)
}

/** What a failure says about the app, when the request cannot have reached any recipient. */
export function healthAfterFailure(failure: AttemptFailure): HealthSignal {
  const { code, class: errorClass, errcode, errmsg, kind } = failure
  if (errcode === undefined) {
    // A wrong certificate, or a proxy that refuses, does not pass by itself. A redirect or a 404 may concern only this
    // request.
    const isForAll = errorClass === "configuration" && kind !== "unusable_answer"
    return isForAll ? { kind: "misconfigured", errcode, errmsg } : unreachable(failure)
  }
  // WeCom refused the token, or the request for one.
  if (code === "refused" && errorClass === "throttled") return { kind: "throttled" }
  if (code === "refused" && errorClass === "transient") return unreachable(failure)
  return { kind: "misconfigured", errcode, errmsg }
}

function unreachable({ kind, errcode, errmsg }: AttemptFailure): HealthSignal {
  return { kind: "unreachable", cause: { kind, errcode, errmsg: keptErrmsg(errmsg) } }
}

/** WeCom's words in the length that is stored: at most 500 characters, no character cut in half. */
export function keptErrmsg(errmsg: string): string {
  return cutText(errmsg, 500)
}
