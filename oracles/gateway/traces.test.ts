// The unchanged SDK of OpenTelemetry checks our spans, independent of our understanding of its API.
import { SpanStatusCode, trace } from "@opentelemetry/api"
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"
import type { ReadableSpan } from "@opentelemetry/sdk-trace"
import { tracedLives } from "../../packages/gateway/src/doors/http/testing/traced-lives.ts"
import type { EndedSpan } from "../../packages/gateway/src/doors/http/testing/traced-lives.ts"
import { shared } from "../../tools/testing/shared.ts"

const exporter = new InMemorySpanExporter()
shared((resources) => {
  resources.defer(() => trace.disable())
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  trace.setGlobalTracerProvider(provider)
  return Promise.resolve(provider)
})
tracedLives("OpenTelemetry's SDK", () => exporter.getFinishedSpans().map(toEnded))

function toEnded(span: ReadableSpan): EndedSpan {
  const { name, parentSpanContext, attributes, status } = span
  const { traceId, spanId } = span.spanContext()
  const error = status.code === SpanStatusCode.ERROR ? status.message : undefined
  return { name, traceId, spanId, parentId: parentSpanContext?.spanId, attributes, error }
}
