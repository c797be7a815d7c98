import { classifyErrcode, lookUpErrcode } from "@wecom-push/protocol"
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
import { endOf } from "../token/shared-task.ts"
import type { WaitLimits } from "../token/shared-task.ts"
import { WeComError } from "../wecom-error.ts"
import { busyDelayMs, faultDelayMs, MAX_BUSY_TRIES } from "./backoff.ts"
import type { Exchanged } from "./exchange.ts"

export interface Persistence {
  readonly api: string
  readonly language: Language
  readonly clock: Clock
  readonly baseUrl: string
  readonly limits: WaitLimits
  /** Another try after one that may have arrived does no harm. */
  readonly repeatable: boolean
  /** A lost answer leaves open whether somebody was told something. */
  readonly leavesDoubt: boolean
  /** Give up at the first failure. */
  readonly onlyOnce?: boolean
  attempt(number: number): Promise<Exchanged>
}

/**
 * Tries until there is a definite answer, time is up, or another try could do harm. A busy system (-1 and its kin)
 * said no, so repeating that is always safe; silence is repeated only if the request never left or is `repeatable`.
 */
export async function persist(call: Persistence): Promise<ApiAnswer> {
  const { api, language, limits } = call
  let busyTries = 0
  let failures = 0
  let isInDoubt = false
  const settled = (error: WeComError): WeComError =>
    isInDoubt && error.code !== "in_doubt" && error.code !== "aborted" ? stillInDoubtError(error, language) : error

  for (let number = 1; ; number++) {
    if (hasEnded(limits) === "aborted") throw abortedError({ api, language, mayHaveArrived: isInDoubt })
    if (hasEnded(limits) === "deadline" || call.clock.now() >= limits.deadline)
      throw settled(deadlineError({ api, language }))

    const exchanged = await call.attempt(number).catch((error: unknown) => {
      throw error instanceof WeComError ? settled(error) : error
    })
    if (exchanged.kind === "answer") {
      const { answer } = exchanged
      const isBusy = classifyErrcode(answer.errcode, api).class === "transient"
      if (
        isBusy &&
        call.onlyOnce !== true &&
        ++busyTries < MAX_BUSY_TRIES &&
        (await pause(call, busyDelayMs(busyTries), isInDoubt))
      )
        continue
      if (isInDoubt && !tellsOfAllTries(answer.errcode)) throw settled(refusedError(answer, { api, language }))
      return answer
    }

    const error = failureOf(call, exchanged)
    isInDoubt ||= error.code === "in_doubt"
    if (hasEnded(limits) === "aborted") throw abortedError({ api, language, mayHaveArrived: isInDoubt })
    const mayRepeat =
      call.onlyOnce !== true && error.class !== "configuration" && (call.repeatable || error.code !== "in_doubt")
    if (!mayRepeat || !(await pause(call, faultDelayMs(++failures), isInDoubt))) throw settled(error)
  }
}

function failureOf(call: Persistence, exchanged: Exclude<Exchanged, { kind: "answer" }>): WeComError {
  const { api, language, baseUrl, leavesDoubt } = call
  if (exchanged.kind === "fault") {
    const code = leavesDoubt && exchanged.fault.mayHaveArrived ? "in_doubt" : "unreachable"
    return faultError(exchanged.fault, { api, language, code })
  }
  const code = leavesDoubt && exchanged.unusable.why === "unusable" ? "in_doubt" : "unusable_answer"
  return unusableError(exchanged.unusable, { api, language, code, baseUrl })
}

/**
 * After a try whose answer was lost: does the answer to a later, equal one hold for the lost one too? Acceptance does,
 * and so does a refusal that lies in the request itself. 42014 does not: a card's `task_id` is known to WeCom just
 * because the lost try came through.
 */
function tellsOfAllTries(errcode: number): boolean {
  if (errcode === 0) return true
  if (errcode === 42014) return false
  const entry = lookUpErrcode(errcode)
  return entry?.class === "request" || entry?.class === "recipient"
}

/** @returns false at once when the pause would outlast the deadline */
async function pause(call: Persistence, ms: number, isInDoubt: boolean): Promise<boolean> {
  const { api, language, clock, limits } = call
  if (clock.now() + ms >= limits.deadline || hasEnded(limits) === "deadline") return false
  try {
    await clock.sleep(ms, limits.signal)
    return true
  } catch (error) {
    const ended = hasEnded(limits)
    if (ended === "aborted") throw abortedError({ api, language, mayHaveArrived: isInDoubt })
    if (ended === "deadline") return false
    throw error
  }
}

function hasEnded({ signal }: WaitLimits): "aborted" | "deadline" | undefined {
  return signal?.aborted === true ? endOf(signal) : undefined
}
