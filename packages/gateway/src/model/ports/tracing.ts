import type { Trace } from "../trace.ts"

/** The steps of a message's life. */
export type SpanName = "accept message" | "deliver message" | "find people" | "send call" | "settle call"

/** Ids, codes and counts only: traces leave this machine. */
export interface SpanFacts {
  readonly app?: string
  readonly message?: string
  readonly msgtype?: string
  /** Of call. */
  readonly kind?: string
  readonly priority?: string
  /** Of the call, within the message. */
  readonly call?: number
  /** Of the call. */
  readonly attempt?: number
  readonly recipients?: number
  readonly errcode?: number
  /** One word. */
  readonly result?: string
  /** The request got the answer of its first time. */
  readonly replayed?: boolean
}

/** A piece of work. Ends when disposed of. */
export interface Span extends Disposable {
  /** Work that belongs to it refers to this: kept with the message, sent with a call. Undefined: there is no trace. */
  readonly trace: Trace | undefined
  /** Begins a part of this one. */
  begin(name: SpanName, facts?: SpanFacts): Span
  note(facts: SpanFacts): void
  /** @param why a code */
  fail(why: string): void
}

export interface Tracing {
  /** @param parent what it is a part of */
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
