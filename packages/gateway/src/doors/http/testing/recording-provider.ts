import { randomBytes } from "node:crypto"
import { SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api"
import type { Attributes, Span, SpanContext, SpanStatus, Tracer, TracerProvider } from "@opentelemetry/api"
import type { EndedSpan } from "./traced-lives.ts"

/** The part of OpenTelemetry's API that a gateway uses. It keeps the spans in memory. */
export class RecordingProvider implements TracerProvider {
  readonly ended: EndedSpan[] = []

  getTracer(): Tracer {
    return {
      startSpan: (name, options, context) => {
        const parent = context && trace.getSpanContext(context)
        return this.#start(name, options?.attributes ?? {}, parent)
      },
      startActiveSpan: () => {
        throw new Error("not asked for")
      },
    }
  }

  #start(name: string, given: Attributes, parent: SpanContext | undefined): Span {
    const context: SpanContext = {
      traceId: parent?.traceId ?? randomBytes(16).toString("hex"),
      spanId: randomBytes(8).toString("hex"),
      traceFlags: TraceFlags.SAMPLED,
    }
    const attributes = { ...given }
    let error: string | undefined
    let hasEnded = false
    const span: Span = {
      spanContext: () => context,
      setAttribute: (key, value) => {
        attributes[key] = value
        return span
      },
      setAttributes: (more) => {
        Object.assign(attributes, more)
        return span
      },
      setStatus: ({ code, message }: SpanStatus) => {
        if (code === SpanStatusCode.ERROR) error = message
        return span
      },
      end: () => {
        if (hasEnded) throw new Error(`${name} has ended twice`)
        hasEnded = true
        const { traceId, spanId } = context
        this.ended.push({ name, traceId, spanId, parentId: parent?.spanId, attributes, error })
      },
      isRecording: () => !hasEnded,
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      updateName: () => span,
      recordException: () => undefined,
    }
    return span
  }
}
