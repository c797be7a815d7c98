import {
  createTraceState,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as traces,
} from "@opentelemetry/api"
import type { Context, Span as OtelSpan, SpanContext, Tracer } from "@opentelemetry/api"
import { partsOfTrace, writeTrace } from "../model/trace.ts"
import type { Trace } from "../model/trace.ts"
import type { Span, SpanFacts, SpanName, Tracing } from "../model/ports/tracing.ts"

/** @param active the active context where a message is accepted: an instrumentation may have begun a span for its request */
export function openTelemetryTracing(tracer: Tracer, active: () => Context | undefined): Tracing {
  return {
    begin: (name, parent, facts) =>
      beginSpan(tracer, name, name === "accept message" ? outermost(active(), parent) : contextOf(parent), facts),
  }
}

function beginSpan(tracer: Tracer, name: SpanName, context: Context, attributes: SpanFacts = {}): Span {
  return new TelemetrySpan(tracer, tracer.startSpan(name, { kind: KINDS[name], attributes }, context))
}

const KINDS: Readonly<Record<SpanName, SpanKind>> = {
  "accept message": SpanKind.SERVER,
  "deliver message": SpanKind.CONSUMER,
  "find people": SpanKind.INTERNAL,
  "send call": SpanKind.CLIENT,
  "settle call": SpanKind.INTERNAL,
}

/** An instrumentation's span is used as the parent, because its own parent is the trace of the request. */
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
    // This is the span of a provider that records nothing. A full check of each digit is only for traces from outside.
    if (traceId === INVALID_TRACEID) return undefined
    return writeTrace({ traceId, spanId, flags, state: traceState?.serialize() || undefined })
  }

  begin(name: SpanName, facts?: SpanFacts): Span {
    // Uses the span itself: to write it as a trace and read that again would cost as much as to make the span.
    this.#context ??= traces.setSpan(ROOT_CONTEXT, this.#span)
    return beginSpan(this.#tracer, name, this.#context, facts)
  }

  note(facts: SpanFacts): void {
    this.#span.setAttributes(facts)
  }

  fail(why: string): void {
    this.#span.setAttribute("error.type", why)
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: why })
  }

  [Symbol.dispose](): void {
    this.#span.end()
  }
}
