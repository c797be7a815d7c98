import {
  ANSWERED_REASONS,
  APP_MESSAGE,
  getsNextPart,
  Halving,
  halvesOf,
  isReasonWord,
  mayHaveArrived,
  readSendAnswer,
  reasonOfPart,
} from "@wecom-push/protocol/delivery"
import type { AnsweredState } from "@wecom-push/protocol/delivery"
import type { Language } from "@wecom-push/protocol"
import type { Api, ApiAnswer } from "../api.ts"
import { Breaker } from "../breaker.ts"
import { eachConcurrently } from "../each-concurrently.ts"
import { refusedError } from "../make-error.ts"
import type { CallOutcome } from "../outcome.ts"
import { WeComError } from "../wecom-error.ts"
import type { MessagePart } from "./message-part.ts"
import type { MediaIds } from "./uploaded-files.ts"
import { outcomeOfFailure, outcomeOfNotStarted } from "./target.ts"
import type { TargetOutcome, Target } from "./target.ts"

export interface DeliverDeps {
  readonly api: Api
  readonly language: Language
  /** How many milliseconds one call may take, its repeats included. */
  readonly callTimeoutMs: number
  /** Called when WeCom complains about ids that the call did not name. */
  readonly onUnknownIds: (ids: readonly string[]) => void
}

/** Common to all calls of one message. */
export interface Delivery {
  readonly parts: readonly MessagePart[]
  /** The ids of the files that were uploaded for the message. */
  readonly media: MediaIds | undefined
  /** Whether the bodies carry the duplicate check. */
  readonly repeatable: boolean
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((done: number, total: number) => void) | undefined
}

export interface Delivered {
  readonly calls: readonly CallOutcome[]
  /** Why targets failed or are in doubt that are not to blame themselves. */
  readonly error: WeComError | undefined
}

/**
 * Sends the planned calls and writes each target's outcome into it. Calls to different people are made at the same
 * time; the parts of a message are sent one after another, because WeCom promises no order.
 */
export async function deliver(deps: DeliverDeps, planned: readonly Target[][], delivery: Delivery): Promise<Delivered> {
  const run = new Run(deps, delivery)
  const { onProgress } = delivery
  const calls: CallOutcome[][] = []
  let done = 0
  await eachConcurrently(planned, CONCURRENT_CALLS, async (targets, index) => {
    calls[index] = await run.sendParts(targets)
    done += targets.length
    onProgress?.(done, countTargets(planned))
  })
  const [first = []] = calls
  return { calls: calls.length === 1 ? first : calls.flat(), error: run.error }
}

function countTargets(planned: readonly Target[][]): number {
  return planned.reduce((sum, targets) => sum + targets.length, 0)
}

/** WeCom publishes no figure, only the refusal 45033; four calls at a time already hide the round-trip time. */
export const CONCURRENT_CALLS = 4

/** Makes calls until one of them shows that further calls would fail too. */
export class Run {
  readonly #deps: DeliverDeps
  readonly #delivery: Delivery
  readonly #breaker = new Breaker()
  #error: WeComError | undefined

  constructor(deps: DeliverDeps, delivery: Delivery) {
    this.#deps = deps
    this.#delivery = delivery
  }

  get error(): WeComError | undefined {
    return this.#error
  }

  /** Why no further call starts; undefined while calls may start. */
  get cause(): WeComError | undefined {
    return this.#breaker.cause
  }

  /** @returns the outcomes of the calls */
  sendParts(targets: readonly Target[]): Promise<CallOutcome[]> {
    const { parts } = this.#delivery
    const [first] = parts
    // Only very few messages have more than one part.
    return parts.length === 1 && first !== undefined ? this.#sendPart(targets, first, []) : this.#sendSeveral(targets)
  }

  async #sendSeveral(targets: readonly Target[]): Promise<CallOutcome[]> {
    const calls: CallOutcome[] = []
    let left = targets
    for (const [index, part] of this.#delivery.parts.entries()) {
      const before = index === 0 ? undefined : new Map(left.map((target) => [target, target.outcome]))
      await this.#sendPart(left, part, calls)
      if (before !== undefined) markLaterPart(before, index, this.#delivery.parts.length)
      if (index + 1 === this.#delivery.parts.length) break
      left = left.filter(({ outcome }) => getsNextPart(outcome.state))
      if (left.length === 0) break
    }
    return calls
  }

  /** Halves are sent one after another. @returns `calls`, with the calls that it made */
  async #sendPart(targets: readonly Target[], part: MessagePart, calls: CallOutcome[]): Promise<CallOutcome[]> {
    const waiting = [targets]
    const halving = new Halving()
    for (let next = halving.next(waiting); next !== undefined; next = halving.next(waiting)) {
      if (this.#breaker.cause !== undefined) {
        assign(next, outcomeOfNotStarted(this.#breaker.cause))
        continue
      }
      let answer: ApiAnswer
      try {
        answer = await this.#call(part.bodyFor(next), calls)
      } catch (error) {
        this.#fail(next, lostCall(error, calls))
        continue
      }
      calls.push(callOutcome(answer))
      const { errcode } = answer
      const meaning = APP_MESSAGE.meaningOf(errcode, false)
      if (meaning === "accepted") {
        this.#settle(next, answer)
        halving.accepted()
      } else if (meaning !== "one_recipient") this.#fail(next, this.#errorOf(answer))
      // A call names at most a thousand people, so all halves are processed.
      else if (halving.refused(next.length) === "halve") waiting.push(...halvesOf(next).toReversed())
      else assign(next, { state: "invalid", errcode, reason: "refused_alone" })
    }
    return calls
  }

  #call(planned: string, calls: CallOutcome[]): Promise<ApiAnswer> {
    const { media } = this.#delivery
    return media === undefined ? this.#exchange(planned) : this.#callWithFiles(planned, media, calls)
  }

  /** @param calls gets the answer that refused expired ids, before they are renewed */
  async #callWithFiles(planned: string, media: MediaIds, calls: CallOutcome[]): Promise<ApiAnswer> {
    const body = media.current(planned)
    const answer = await this.#exchange(body)
    if (APP_MESSAGE.meaningOf(answer.errcode, false) !== "media_gone") return answer
    calls.push(callOutcome(answer))
    const renewed = await media.renewed(body)
    if (renewed !== undefined) return this.#exchange(renewed)
    calls.pop()
    return answer
  }

  #exchange(body: string): Promise<ApiAnswer> {
    const { api, callTimeoutMs } = this.#deps
    const { repeatable, deadline, signal } = this.#delivery
    return api.call({
      path: APP_MESSAGE.api,
      method: "POST",
      body,
      repeatable,
      deadline: Math.min(deadline, api.clock.now() + callTimeoutMs),
      signal,
    })
  }

  #settle(targets: readonly Target[], answer: ApiAnswer): void {
    this.#breaker.succeeded()
    const { errcode } = answer
    const { msgid } = readSendAnswer(answer)
    const results = APP_MESSAGE.resultsOf(answer, false)
    let last: AnsweredState | undefined
    let outcome: TargetOutcome | undefined
    for (const target of targets) {
      const state = results.of(target.kind, target.key)
      // Nearly all targets have the same state as the one before, so the outcome is reused.
      if (state !== last || outcome === undefined) outcome = outcomeOf((last = state), errcode, msgid)
      target.outcome = outcome
    }
    const unknown = results.unknownIds(targets)
    if (unknown.length > 0) this.#deps.onUnknownIds(unknown)
  }

  #errorOf(answer: ApiAnswer): WeComError {
    return refusedError(answer, { api: APP_MESSAGE.api, language: this.#deps.language })
  }

  #fail(targets: readonly Target[], error: WeComError): void {
    this.#breaker.failed(error)
    this.#error ??= error
    assign(targets, outcomeOfFailure(error))
  }
}

function outcomeOf(state: AnsweredState, errcode: number, msgid: string | undefined): TargetOutcome {
  if (state === "invalid" || state === "unlicensed") return { state, errcode, reason: ANSWERED_REASONS[state] }
  return msgid === undefined ? { state: "sent", errcode } : { state: "sent", errcode, msgid }
}

/** The names are WeCom's own, as everywhere in an answer. */
function callOutcome(answer: ApiAnswer): CallOutcome {
  const { errcode } = answer
  const { msgid, responseCode } = readSendAnswer(answer)
  const outcome = msgid === undefined ? { errcode } : { errcode, msgid }
  return responseCode === undefined ? outcome : { ...outcome, response_code: responseCode }
}

/** @param calls gets a call that may have arrived in spite of the error */
function lostCall(error: unknown, calls: CallOutcome[]): WeComError {
  if (!(error instanceof WeComError)) throw error
  if (mayHaveArrived(error)) calls.push(error.errcode === undefined ? {} : { errcode: error.errcode })
  return error
}

function assign(targets: readonly Target[], outcome: TargetOutcome): void {
  for (const target of targets) target.outcome = outcome
}

/** The parts before the failed one did arrive, and can still be recalled by their msgid. @param part from 0 */
function markLaterPart(before: ReadonlyMap<Target, TargetOutcome>, part: number, partCount: number): void {
  for (const [target, { msgid }] of before) {
    const { outcome } = target
    if (outcome.state === "sent" || outcome.reason === undefined || !isReasonWord(outcome.reason)) continue
    target.outcome = {
      ...outcome,
      reason: reasonOfPart(outcome.reason, part, partCount),
      ...(msgid === undefined ? {} : { msgid }),
    }
  }
}
