import {
  delayMs,
  isPassingRefusal,
  mayRepeat,
  refusalDelayMs,
  spreadDelay,
  tellsOfAllTries,
  WHILE_CALLER_WAITS,
} from "@wecom-push/protocol/delivery"
import type { Language } from "@wecom-push/protocol"
import type { ApiAnswer } from "../api.ts"
import type { Clock } from "../clock.ts"
import {
  abortedError,
  deadlineError,
  faultError,
  refusedError,
  stillInDoubtError,
  unusableError,
} from "../make-error.ts"
import { endOf } from "../shared-work/shared-task.ts"
import type { WaitLimits } from "../shared-work/shared-task.ts"
import type { TransportFaultKind } from "../transport.ts"
import { WeComError } from "../wecom-error.ts"
import type { Exchanged } from "./exchange.ts"

export interface RetriedCall {
  readonly api: string
  readonly language: Language
  readonly clock: Clock
  readonly baseUrl: string
  readonly limits: WaitLimits
  /** Whether another try is harmless after one that may have arrived. */
  readonly repeatable: boolean
  /** Whether, after a lost answer, it is unknown if a recipient got something. */
  readonly leavesDoubt: boolean
  /** True: gives up at the first failure. */
  readonly onlyOnce?: boolean
  attempt(number: number): Promise<Exchanged>
}

/**
 * Tries until there is a definite answer, time is up, or another try could do harm. A busy WeCom (-1 and similar codes)
 * or an unknown code is a refusal, so repeating that is always safe. A call without an answer is repeated only if the
 * request was not sent or is `repeatable`.
 */
export async function callWithRetries(call: RetriedCall): Promise<ApiAnswer> {
  const { api, language, clock, limits } = call
  let isInDoubt = false
  let refusals = 0
  let failures = 0

  for (let number = 1; ; number++) {
    if (hasEnded(limits) === "aborted") throw settled(call, isInDoubt, aborted(call))
    const isLate = hasEnded(limits) === "deadline" || clock.now() >= limits.deadline
    if (isLate) throw settled(call, isInDoubt, deadlineError({ api, language }))

    let exchanged: Exchanged
    try {
      exchanged = await call.attempt(number)
    } catch (error) {
      throw error instanceof WeComError ? settled(call, isInDoubt, error) : error
    }
    if (exchanged.kind === "answer") {
      const { answer } = exchanged
      const delay = isRepeated(call, answer) ? refusalDelayMs(++refusals) : undefined
      if (delay !== undefined) {
        const paused = await pause(call, delay)
        if (paused === "aborted") throw settled(call, isInDoubt, aborted(call))
        if (paused === "over") continue
      }
      if (isInDoubt && !tellsOfAllTries(answer.errcode))
        throw settled(call, isInDoubt, refusedError(answer, { api, language }))
      return answer
    }

    const error = failureOf(call, exchanged)
    isInDoubt ||= error.mayHaveArrived
    if (isFinal(call, exchanged) || !mayRepeat(error, call.repeatable)) throw settled(call, isInDoubt, error)
    const paused = await pause(call, delayMs(WHILE_CALLER_WAITS, ++failures))
    if (paused !== "over") throw settled(call, isInDoubt, paused === "aborted" ? aborted(call) : error)
  }
}

/** The meaning of `error` together with the earlier tries. */
function settled({ api, language }: RetriedCall, isInDoubt: boolean, error: WeComError): WeComError {
  if (!isInDoubt || error.mayHaveArrived) return error
  if (error.code === "aborted") return abortedError({ api, language, mayHaveArrived: true })
  return stillInDoubtError(error, { api, language })
}

function aborted({ api, language }: RetriedCall): WeComError {
  return abortedError({ api, language, mayHaveArrived: false })
}

function isRepeated({ api, onlyOnce }: RetriedCall, { errcode }: ApiAnswer): boolean {
  return onlyOnce !== true && isPassingRefusal(errcode, api)
}

/** Failures that end the tries: the caller gave up, the transport is closed or missing, or a file has changed. */
function isFinal({ onlyOnce }: RetriedCall, exchanged: Exchanged): boolean {
  if (onlyOnce === true) return true
  return exchanged.kind === "fault" && FINAL.has(exchanged.fault.kind)
}

const FINAL: ReadonlySet<TransportFaultKind> = new Set(["aborted", "body", "transport_missing"])

function failureOf(call: RetriedCall, exchanged: Exclude<Exchanged, { kind: "answer" }>): WeComError {
  const { api, language, baseUrl, leavesDoubt } = call
  if (exchanged.kind === "fault") {
    const isLost = leavesDoubt && exchanged.fault.mayHaveArrived
    if (hasEnded(call.limits) === "aborted") return abortedError({ api, language, mayHaveArrived: isLost })
    return faultError(exchanged.fault, { api, language, code: isLost ? "in_doubt" : "unreachable" })
  }
  const code = leavesDoubt && exchanged.unusable.why === "unusable" ? "in_doubt" : "unusable_answer"
  return unusableError(exchanged.unusable, { api, language, code, baseUrl })
}

/** A pause that would end after the deadline is not started. */
async function pause({ clock, limits }: RetriedCall, delay: number): Promise<"over" | "too_long" | "aborted"> {
  const ms = spreadDelay(delay, Math.random)
  if (clock.now() + ms >= limits.deadline) return "too_long"
  try {
    await clock.sleep(ms, limits.signal)
    return "over"
  } catch (error) {
    const ended = hasEnded(limits)
    if (ended === undefined) throw error
    return ended === "aborted" ? "aborted" : "too_long"
  }
}

function hasEnded({ signal }: WaitLimits): "aborted" | "deadline" | undefined {
  return signal?.aborted === true ? endOf(signal) : undefined
}
