import { classifyErrcode, lookUpErrcode } from "@wecom-push/protocol"
import { MEDIA_GONE, TASK_ID_KNOWN, tellsOfAllTries } from "@wecom-push/protocol/delivery"
import type { ApiAnswer, WeComErrorClass, WeComErrorCode, WeComFailure } from "@wecom-push/sdk"
import type { AttemptResult } from "../ports/outbox.ts"
import type { OutageCause } from "../limits/reach.ts"
import { repeatUntil } from "./repeat-window.ts"
import { busyDelayMs, delayMs, IN_DOUBT, spreadDelay, UNREACHABLE, unknownCodeDelayMs } from "./retry-schedule.ts"
import type { RecipientState } from "./states.ts"

/** What an attempt met. */
export type Exchange =
  | { readonly kind: "answer"; readonly answer: ApiAnswer }
  | { readonly kind: "failure"; readonly failure: Failure }

/** No answer, or none of WeCom's, or trouble with the token. */
export interface Failure {
  readonly code: WeComErrorCode
  readonly class: WeComErrorClass | undefined
  readonly errcode: number | undefined
  readonly errmsg: string
  /** Undefined where WeCom refused, or nothing was asked. */
  readonly kind: WeComFailure | undefined
}

/** The call as it stood when the attempt began. */
export interface AttemptFacts {
  readonly targetCount: number
  readonly checkSeconds: number | null
  readonly firstTryAt: number
  /** 1 for the first. */
  readonly number: number
  readonly spentAttempts: number
  readonly mayHaveArrived: boolean
  /** Its body names files that can be uploaded again. */
  readonly namesMedia: boolean
}

/** What is to become of the call. */
export type Verdict =
  /** Its answer tells of each recipient. */
  | { readonly kind: "accepted"; readonly news: News }
  /** All recipients share a fate. */
  | {
      readonly kind: "final"
      readonly result: AttemptResult
      readonly state: RecipientState
      readonly reason: string
      readonly news: News
    }
  /** One recipient may be the whole cause: half of them at a time. */
  | { readonly kind: "halve"; readonly news: News }
  /** An id of a file is no longer good: another body, with another one. */
  | { readonly kind: "renew"; readonly news: News }
  /** The same bytes again. `at` undefined: as soon as the app goes on. */
  | {
      readonly kind: "again"
      readonly result: AttemptResult
      readonly spent: boolean
      readonly at: number | undefined
      readonly news: News
    }

/** What the attempt tells about the app as a whole. */
export type News =
  /** WeCom takes calls of this app. */
  | { readonly kind: "healthy" }
  /** A setting is wrong: nothing goes out until it is mended. `errcode` undefined when it was not WeCom that said so. */
  | { readonly kind: "misconfigured"; readonly errcode: number | undefined; readonly errmsg: string }
  /** 45009. */
  | { readonly kind: "throttled" }
  /** 45033: too many calls under way at once. */
  | { readonly kind: "crowded" }
  | { readonly kind: "unreachable"; readonly cause: OutageCause }
  /** WeCom answers, but that says nothing about sending. */
  | { readonly kind: "answered" }
  | { readonly kind: "none" }

export function judge(exchange: Exchange, facts: AttemptFacts, now: number, random: () => number): Verdict {
  return exchange.kind === "answer"
    ? judgeAnswer(exchange.answer, facts, now, random)
    : judgeFailure(exchange.failure, facts, now, random)
}

function judgeAnswer({ errcode, errmsg }: ApiAnswer, facts: AttemptFacts, now: number, random: () => number): Verdict {
  if (errcode === 0 || errcode === ALL_INVALID) return { kind: "accepted", news: HEALTHY }
  const entry = classifyErrcode(errcode, API)
  const again = (delayMs: number | undefined, spent: boolean, news: News): Verdict => {
    const at = delayMs === undefined ? undefined : now + spreadDelay(delayMs, random)
    return { kind: "again", result: "refused", spent, at, news }
  }
  if (entry.pausesApp === true) return again(undefined, false, { kind: "misconfigured", errcode, errmsg })
  if (entry.class === "throttled") return again(undefined, false, { kind: "throttled" })
  if (errcode === TOO_MANY_AT_ONCE) return again(CROWDED_DELAY_MS, false, { kind: "crowded" })
  const tries = facts.spentAttempts + 1
  if (entry.class === "transient") return again(busyDelayMs(tries), true, HEALTHY)
  if (MEDIA_GONE.has(errcode) && facts.namesMedia && !facts.mayHaveArrived) return { kind: "renew", news: HEALTHY }
  if (facts.mayHaveArrived && !tellsOfAllTries(errcode)) {
    const delay = lookUpErrcode(errcode) === undefined ? unknownCodeDelayMs(tries) : undefined
    if (delay !== undefined) return again(delay, true, HEALTHY)
    const reason = errcode === TASK_ID_KNOWN ? "probably_sent" : "answer_lost"
    return { kind: "final", result: "in_doubt", state: "in_doubt", reason, news: HEALTHY }
  }
  if (entry.mayNameOneRecipient === true) {
    if (facts.targetCount > 1) return { kind: "halve", news: HEALTHY }
    return { kind: "final", result: "refused", state: "invalid", reason: "refused_alone", news: HEALTHY }
  }
  const delay = lookUpErrcode(errcode) === undefined ? unknownCodeDelayMs(tries) : undefined
  if (delay !== undefined) return again(delay, true, HEALTHY)
  return { kind: "final", result: "refused", state: "failed", reason: "call_refused", news: HEALTHY }
}

/** Users, departments and tags are all invalid or out of reach. */
export const ALL_INVALID = 81013
const TOO_MANY_AT_ONCE = 45033
const CROWDED_DELAY_MS = 1000
const API = "message/send"
const HEALTHY: News = { kind: "healthy" }

function judgeFailure(failure: Failure, facts: AttemptFacts, now: number, random: () => number): Verdict {
  const { code, errcode } = failure
  if (code === "in_doubt") return judgeLostAnswer(failure, facts, now, random)
  const news = newsOfFailure(failure)
  const result = errcode === undefined ? "not_sent" : "refused"
  if (code === "aborted") return { kind: "again", result: "not_sent", spent: false, at: now, news: { kind: "none" } }
  if (news.kind === "misconfigured" || news.kind === "throttled") {
    return { kind: "again", result, spent: false, at: undefined, news }
  }
  const delay = spreadDelay(delayMs(UNREACHABLE, facts.number), random)
  return { kind: "again", result, spent: false, at: now + delay, news: unreachable(failure) }
}

function judgeLostAnswer(failure: Failure, facts: AttemptFacts, now: number, random: () => number): Verdict {
  const news = unreachable(failure)
  const over = (reason: string): Verdict => ({ kind: "final", result: "in_doubt", state: "in_doubt", reason, news })
  if (facts.checkSeconds === null) return over("no_check")
  const at = now + spreadDelay(delayMs(IN_DOUBT, facts.number), random)
  if (at >= repeatUntil(facts.firstTryAt, facts.checkSeconds)) return over("answer_lost")
  return { kind: "again", result: "in_doubt", spent: false, at, news }
}

/** A look-up names no agent, so that a good answer does not prove that the app can send. */
export function newsOfLookup({ errcode, errmsg }: ApiAnswer, api: string): News {
  const isMisconfigured = errcode !== 0 && classifyErrcode(errcode, api).pausesApp === true
  return isMisconfigured ? { kind: "misconfigured", errcode, errmsg } : { kind: "answered" }
}

/** A failure that cannot have reached anybody. */
export function newsOfFailure(failure: Failure): News {
  const { code, class: errorClass, errcode, errmsg } = failure
  // A redirect, a certificate, a proxy that refuses: nothing that mends itself.
  if (errcode === undefined) {
    return errorClass === "configuration" ? { kind: "misconfigured", errcode, errmsg } : unreachable(failure)
  }
  // Refused was the token, or the question for one.
  if (code === "refused" && errorClass === "throttled") return { kind: "throttled" }
  if (code === "refused" && errorClass === "transient") return unreachable(failure)
  return { kind: "misconfigured", errcode, errmsg }
}

function unreachable({ kind, errcode, errmsg }: Failure): News {
  return { kind: "unreachable", cause: { kind, errcode, errmsg: errmsg.slice(0, MAX_ERRMSG_LENGTH) } }
}

const MAX_ERRMSG_LENGTH = 500
