import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace as traces } from "@opentelemetry/api"
import type { Attributes, Context, Span as OtelSpan, SpanContext, Tracer } from "@opentelemetry/api"
import { partsOfTrace, writeTrace } from "../model/trace.ts"
import type { Trace } from "../model/trace.ts"
import type { Span, SpanFacts, SpanName, Tracing } from "../model/ports/tracing.ts"

/** @param active what is active where a message is accepted: an instrumentation may have begun a span for its request */
export function openTelemetryTracing(tracer: Tracer, active: () => Context | undefined): Tracing {
  return {
    begin(name, parent, facts) {
      const context = name === "accept message" ? outermost(active(), parent) : contextOf(parent)
      const attributes = facts && attributesOf(facts)
      return new TelemetrySpan(
        tracer.startSpan(name, { kind: KINDS[name], ...(attributes && { attributes }) }, context),
      )
    },
  }
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

function attributesOf(facts: SpanFacts): Attributes {
  const attributes: Attributes = {}
  for (const [name, value] of Object.entries(facts)) attributes[attributeOf(name)] = value
  return attributes
}

/** A dozen of them, each made once. */
function attributeOf(name: string): string {
  const known = ATTRIBUTES.get(name)
  if (known !== undefined) return known
  const made = `wecom_push.${name}`
  ATTRIBUTES.set(name, made)
  return made
}

const ATTRIBUTES = new Map<string, string>()

class TelemetrySpan implements Span {
  readonly #span: OtelSpan
  #trace: Trace | undefined

  constructor(span: OtelSpan) {
    this.#span = span
  }

  get trace(): Trace | undefined {
    return (this.#trace ??= this.#write())
  }

  #write(): Trace | undefined {
    const context = this.#span.spanContext()
    if (!traces.isSpanContextValid(context)) return undefined
    const { traceId, spanId, traceFlags: flags, traceState } = context
    return writeTrace({ traceId, spanId, flags, state: traceState?.serialize() || undefined })
  }

  note(facts: SpanFacts): void {
    this.#span.setAttributes(attributesOf(facts))
  }

  fail(why: string): void {
    this.#span.setAttribute("error.type", why)
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: why })
  }

  [Symbol.dispose](): void {
    this.#span.end()
  }
}
