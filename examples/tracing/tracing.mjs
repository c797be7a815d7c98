// Registers OpenTelemetry in a process that is started with NODE_OPTIONS=--import=/path/to/tracing.mjs
// Spans go to OTEL_EXPORTER_OTLP_ENDPOINT, http://localhost:4318 unless it is set.
import { isMainThread } from "node:worker_threads"
import { trace } from "@opentelemetry/api"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources"
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace"

// The threads of a gateway import this too, and record nothing.
if (isMainThread) {
  trace.setGlobalTracerProvider(
    new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes({ "service.name": "wecom-push" })),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    }),
  )
}
