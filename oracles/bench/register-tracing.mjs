// Registers OpenTelemetry as a user does, with an exporter that drops all spans, to measure the cost of recording. JavaScript,
// as in examples/tracing, because each thread would load Node's compiler for type stripping.
import { isMainThread } from "node:worker_threads"

// `NODE_OPTIONS` also applies to threads: those of the gateway record nothing, so they load nothing.
if (isMainThread) {
  const { trace } = await import("@opentelemetry/api")
  const { droppingProvider } = await import("./dropping-provider.ts")
  trace.setGlobalTracerProvider(droppingProvider())
}
