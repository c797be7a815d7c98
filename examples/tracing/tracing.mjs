// Registers OpenTelemetry in a process that is started with NODE_OPTIONS=--import=/path/to/tracing.mjs
// Spans go to OTEL_EXPORTER_OTLP_ENDPOINT, http://localhost:4318 unless it is set.
import { isMainThread } from "node:worker_threads"

// The threads of a gateway import this too. They record nothing, and so load nothing.
if (isMainThread) {
  const { trace } = await import("@opentelemetry/api")
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http")
  const { defaultResource, resourceFromAttributes } = await import("@opentelemetry/resources")
  const { BatchSpanProcessor, TracerProvider } = await import("@opentelemetry/sdk-trace")
  trace.setGlobalTracerProvider(
    new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes({ "service.name": "wecom-push" })),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    }),
  )
}
