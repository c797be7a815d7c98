import type { Trace } from "../trace.ts"

/** The steps of a message's life. */
export type SpanName = "accept message" | "deliver message" | "find people" | "send call" | "settle call"

/**
 * Attributes as they leave this machine: ids, codes and counts only. They have their final names from the start, since
 * renaming those of each span takes a tenth of its time.
 */
export type SpanFacts = Readonly<
  Partial<
    Record<TextFact, string> &
      Record<CountFact, number> & {
        /** The request got the answer of an earlier request with the same idempotency key. */
        "wecom_push.replayed": boolean
      }
  >
>

/** `kind` is the call kind; `result` is one word. */
type TextFact = `wecom_push.${"app" | "message" | "msgtype" | "kind" | "priority" | "result"}`

/** `call` is the call's number within the message, `attempt` the attempt's number within the call. */
type CountFact = `wecom_push.${"call" | "attempt" | "recipients" | "errcode"}`

/** A piece of work. Ends when disposed of. */
export interface Span extends Disposable {
  /**
   * The trace for work that belongs to this span: stored with the message, sent with a call. Undefined: there is none.
   */
  readonly trace: Trace | undefined
  /** Begins a child span. */
  begin(name: SpanName, facts?: SpanFacts): Span
  note(facts: SpanFacts): void
  /** @param why a code */
  fail(why: string): void
}

export interface Tracing {
  /** @param parent the trace that the span belongs to */
  begin(name: SpanName, parent: Trace | undefined, facts?: SpanFacts): Span
}

/** Records nothing. A caller's trace is passed on unchanged. */
export const NO_TRACING: Tracing = {
  begin: (_name, trace) => (trace === undefined ? NO_SPAN : { ...NO_SPAN, trace }),
}

const NO_SPAN: Span = {
  trace: undefined,
  begin() {
    return this
  },
  note: () => undefined,
  fail: () => undefined,
  [Symbol.dispose]: () => undefined,
}
