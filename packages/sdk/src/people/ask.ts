import type { Language } from "@wecom-push/protocol"
import type { Api, ApiAnswer } from "../api.ts"
import type { LookupRecord, LookupStore } from "../lookup-store.ts"
import { abortedError, deadlineError, refusedError, unusableError } from "../make-error.ts"
import {
  LOOKUP_PACE,
  readLookup,
  reasonOfFailedLookup,
  recordOf,
  showsLookupsOpen,
  TOO_MANY_CALLS,
} from "@wecom-push/protocol/delivery"
import type { LookupAnswer } from "@wecom-push/protocol/delivery"
import { WaitEnded } from "../shared-work/shared-task.ts"
import type { TaskLimits } from "../shared-work/shared-task.ts"
import { SingleFlight } from "../shared-work/single-flight.ts"
import { WeComError } from "../wecom-error.ts"
import type { LookupOutcome } from "./lookup-outcome.ts"
import { Pace } from "./pace.ts"
import type { PaceWait } from "./pace.ts"
import { RateLimitPause } from "./pause.ts"
import type { Question } from "./question.ts"

export interface AskerDeps {
  readonly api: Api
  readonly store: LookupStore
  readonly language: Language
  readonly baseUrl: string
  /** How many milliseconds one call may take, its repeats included. */
  readonly callTimeoutMs: number
}

/** WeCom's answer to one question, as far as it does not depend on how the caller wrote the question. */
export interface Answer {
  readonly outcome: Omit<LookupOutcome, "type" | "address" | "cached">
  /** WeCom was not asked: another caller had got the answer in the meantime. */
  readonly isRemembered?: true
  /** Why there is no answer. */
  readonly error?: WeComError
}

/** The remembered answers, and a place to keep a new one. */
export interface Memory {
  recall(key: string): Promise<LookupRecord | undefined>
  learn(key: string, record: LookupRecord): void
}

export interface AskOptions {
  /** Asks WeCom even when an answer is remembered. */
  readonly fresh?: boolean
  readonly signal?: AbortSignal
  readonly deadline: number
  readonly onWait?: (wait: PaceWait) => void
}

/** Asks WeCom one question at a time: within the pace, not during a pause, and once for all callers that ask the same. */
export class Asker {
  readonly #deps: AskerDeps
  readonly #pace: Pace
  readonly #pause: RateLimitPause
  readonly #shared: SingleFlight<Answer>
  readonly #memory: Memory

  constructor(deps: AskerDeps, pauseKey: string, memory: Memory) {
    this.#deps = deps
    this.#memory = memory
    this.#pace = new Pace(deps.api.clock, LOOKUP_PACE)
    this.#shared = new SingleFlight(deps.api.clock)
    this.#pause = new RateLimitPause(deps.api.clock, deps.store, pauseKey)
  }

  /** True during a pause and after it, until WeCom has answered again. */
  isUnsure(): Promise<boolean> {
    return this.#pause.isUnsure()
  }

  async ask(question: Question, { fresh = false, deadline, signal, onWait }: AskOptions): Promise<Answer> {
    const { language } = this.#deps
    const { key, path } = question
    let isWaiting = true
    const tellWait = (wait: PaceWait): void => {
      if (isWaiting) onWait?.(wait)
    }
    const run = async (limits: TaskLimits): Promise<Answer> =>
      (fresh ? undefined : await this.#recall(key)) ?? this.#askWeCom(question, limits, tellWait)
    try {
      for (;;) {
        const answer = await this.#shared.join(key, { deadline, signal }, run)
        if (!(fresh && answer.isRemembered)) return answer
      }
    } catch (error) {
      if (!(error instanceof WaitEnded)) throw error
      if (error.why === "deadline") return failed(deadlineError({ api: path, language }))
      return failed(abortedError({ api: path, language, mayHaveArrived: false }))
    } finally {
      isWaiting = false
    }
  }

  /** Another caller may have got the answer after this caller read the store. */
  async #recall(key: string): Promise<Answer | undefined> {
    const record = await this.#memory.recall(key)
    return record && { outcome: rememberedOutcome(record), isRemembered: true }
  }

  /**
   * Asks for all callers that ask the same. Only the time of one call limits it; each caller's own limits apply to its
   * wait.
   */
  async #askWeCom(
    { key, path, body }: Question,
    limits: TaskLimits,
    onWait: (wait: PaceWait) => void,
  ): Promise<Answer> {
    const { signal } = limits
    const { api, language, callTimeoutMs } = this.#deps
    try {
      const pausedUntil = this.#pause.pausedUntil()
      if (pausedUntil !== undefined) return this.#paused(pausedUntil, PAUSED, path)
      if (!(await this.#pace.take(() => limits.deadline(), signal, onWait)))
        return failed(deadlineError({ api: path, language }))
      const answer = await api.call({
        path,
        method: "POST",
        body,
        repeatable: true,
        deadline: api.clock.now() + callTimeoutMs,
        signal,
      })
      const read = readLookup(answer, path)
      if (read.kind === "closed") return this.#paused(await this.#pause.close(), answer, path)
      if (showsLookupsOpen(read)) await this.#pause.open()
      return this.#answered(read, answer, key, path)
    } catch (error) {
      if (error instanceof WeComError) return failed(error)
      if (signal.aborted) return failed(abortedError({ api: path, language, mayHaveArrived: false }))
      throw error
    }
  }

  #paused(until: number, refusal: ApiAnswer, path: string): Answer {
    const { api, language } = this.#deps
    const error = refusedError(refusal, { api: path, language, retryAfterMs: until - api.clock.now() })
    const { errcode } = refusal
    return { outcome: { state: "failed", errcode, reason: "lookup_paused", retryAt: until }, error }
  }

  #answered(read: LookupAnswer, answer: ApiAnswer, key: string, path: string): Answer {
    const { errcode } = answer
    const record = recordOf(read, this.#deps.api.clock.now())
    if (record !== undefined) this.#memory.learn(key, record)
    switch (read.kind) {
      case "found":
        return { outcome: { state: "found", userid: read.userid, errcode } }
      case "not_found":
      case "invalid":
        return { outcome: { state: read.kind, errcode, reason: read.reason } }
      case "closed":
      case "nothing":
      case "refused":
        break
    }
    return failed(this.#errorOf(answer, path))
  }

  #errorOf(answer: ApiAnswer, path: string): WeComError {
    const { language, baseUrl } = this.#deps
    if (answer.errcode !== 0) return refusedError(answer, { api: path, language })
    const unusable = { why: "unusable", detail: "errcode 0, userid ?" } as const
    return unusableError(unusable, { api: path, language, code: "unusable_answer", baseUrl })
  }
}

export function rememberedOutcome({ userid }: LookupRecord): Answer["outcome"] {
  return userid === null ? { state: "not_found", reason: "no_visible_member_cached" } : { state: "found", userid }
}

/** The answer to a question that was not asked because look-ups are closed. */
const PAUSED: ApiAnswer = { errcode: TOO_MANY_CALLS, errmsg: "" }

function failed(error: WeComError): Answer {
  const errcode = error.errcode === undefined ? {} : { errcode: error.errcode }
  return { outcome: { state: "failed", reason: reasonOfFailedLookup(error.code), ...errcode }, error }
}
