import type { AttemptEnd } from "@wecom-push/protocol/delivery"
import type { Trace } from "../../model/trace.ts"
import type { StartedCall } from "../../model/ports/outbox.ts"
import type { Span } from "../../model/ports/tracing.ts"
import type { RunContext } from "./run-context.ts"

/** The facts of a call that a span shows: its kind, messages and people. */
interface Called {
  readonly kind: string
  readonly targets: { readonly length: number }
  readonly shares: readonly {
    readonly number: number
    readonly targets: { readonly length: number }
    readonly run?: RunContext
  }[]
}

/** One attempt of a call in the trace of each message that it carries. WeCom gets the trace of the call's own message. */
export class CallSpans implements Disposable {
  readonly #own: Span
  readonly #sharers: readonly Span[]

  constructor(run: RunContext, { kind, targets, shares }: Called, { attempt, number }: StartedCall) {
    const begin = (of: RunContext, call: number, recipients: number): Span =>
      of.begin("send call", {
        "wecom_push.attempt": attempt,
        "wecom_push.kind": kind,
        "wecom_push.call": call,
        "wecom_push.recipients": recipients,
      })
    this.#own = begin(run, number, targets.length)
    this.#sharers = shares.flatMap((share) =>
      share.run === undefined ? [] : begin(share.run, share.number, share.targets.length),
    )
  }

  get trace(): Trace | undefined {
    return this.#own.trace
  }

  noteEnd(end: AttemptEnd): void {
    this.#noteOn(this.#own, end)
    for (const span of this.#sharers) this.#noteOn(span, end)
  }

  /** Notes only codes: the texts that WeCom writes beside them may name people. */
  #noteOn(span: Span, end: AttemptEnd): void {
    const { errcode } = end.kind === "answer" ? end.answer : end.failure
    if (errcode !== undefined) span.note({ "wecom_push.errcode": errcode })
    if (end.kind === "failure") span.fail(end.failure.code)
    else if (errcode !== 0) span.fail(`errcode_${errcode}`)
  }

  [Symbol.dispose](): void {
    this.#own[Symbol.dispose]()
    for (const span of this.#sharers) span[Symbol.dispose]()
  }
}
