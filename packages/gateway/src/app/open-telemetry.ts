import {
  createTraceState,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as traces,
} from "@opentelemetry/api"
import type { Attributes, Context, Span as OtelSpan, SpanContext, Tracer } from "@opentelemetry/api"
import { partsOfTrace, writeTrace } from "../model/trace.ts"
import type { Trace } from "../model/trace.ts"
import type { Span, SpanFacts, SpanName, Tracing } from "../model/ports/tracing.ts"

/** @param active what is active where a message is accepted: an instrumentation may have begun a span for its request */
export function openTelemetryTracing(tracer: Tracer, active: () => Context | undefined): Tracing {
  return {
    begin: (name, parent, facts) =>
      beginSpan(tracer, name, name === "accept message" ? outermost(active(), parent) : contextOf(parent), facts),
  }
}

function beginSpan(tracer: Tracer, name: SpanName, context: Context, facts: SpanFacts = {}): Span {
  const attributes: Attributes = {}
  for (const fact of factsIn(facts)) attributes[ATTRIBUTES[fact]] = facts[fact]
  return new TelemetrySpan(tracer, tracer.startSpan(name, { kind: KINDS[name], attributes }, context))
}

const KINDS: Readonly<Record<SpanName, SpanKind>> = {
  "accept message": SpanKind.SERVER,
  "deliver message": SpanKind.CONSUMER,
  "find people": SpanKind.INTERNAL,
  "send call": SpanKind.CLIENT,
  "settle call": SpanKind.INTERNAL,
}

/** The span of an instrumentation has the trace of the request for its parent. */
function outermost(active: Context | undefined, parent: Trace | undefined): Context {
  return active !== undefined && traces.getSpan(active) !== undefined ? active : contextOf(parent)
}

function contextOf(parent: Trace | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : traces.setSpanContext(ROOT_CONTEXT, spanContextOf(parent))
}

function spanContextOf(trace: Trace): SpanContext {
  const { traceId, spanId, flags, state } = partsOfTrace(trace)
  const traceState = state === undefined ? undefined : createTraceState(state)
  return { traceId, spanId, traceFlags: flags, isRemote: true, ...(traceState && { traceState }) }
}

const ATTRIBUTES = {
  app: "wecom_push.app",
  message: "wecom_push.message",
  msgtype: "wecom_push.msgtype",
  kind: "wecom_push.kind",
  priority: "wecom_push.priority",
  call: "wecom_push.call",
  attempt: "wecom_push.attempt",
  recipients: "wecom_push.recipients",
  errcode: "wecom_push.errcode",
  result: "wecom_push.result",
  replayed: "wecom_push.replayed",
} as const satisfies Record<keyof SpanFacts, string>

function factsIn(facts: SpanFacts): (keyof SpanFacts)[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the compiler refuses others where facts are written
  return Object.keys(facts) as (keyof SpanFacts)[]
}

class TelemetrySpan implements Span {
  readonly #tracer: Tracer
  readonly #span: OtelSpan
  #context: Context | undefined
  #trace: Trace | undefined

  constructor(tracer: Tracer, span: OtelSpan) {
    this.#tracer = tracer
    this.#span = span
  }

  get trace(): Trace | undefined {
    return (this.#trace ??= this.#write())
  }

  #write(): Trace | undefined {
    const context = this.#span.spanContext()
    const { traceId, spanId, traceFlags: flags, traceState } = context
    // Of a provider that records nothing. Checking each digit is for what comes from outside.
    if (traceId === INVALID_TRACEID) return undefined
    return writeTrace({ traceId, spanId, flags, state: traceState?.serialize() || undefined })
  }

  begin(name: SpanName, facts?: SpanFacts): Span {
    // By the span itself: written as a trace and read again it would cost as much as being made.
    this.#context ??= traces.setSpan(ROOT_CONTEXT, this.#span)
    return beginSpan(this.#tracer, name, this.#context, facts)
  }

  note(facts: SpanFacts): void {
    for (const fact of factsIn(facts)) {
      const value = facts[fact]
      if (value !== undefined) this.#span.setAttribute(ATTRIBUTES[fact], value)
    }
  }

  fail(why: string): void {
    this.#span.setAttribute("error.type", why)
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: why })
  }

  [Symbol.dispose](): void {
    this.#span.end()
  }
}
