// Registers OpenTelemetry as a user would, with an exporter that drops what it is given: what it costs to record. A plain
// module, as examples/tracing has: each thread would load the compiler of Node's type stripping for another.
import { isMainThread } from "node:worker_threads"

// `NODE_OPTIONS` reaches each thread that is started: those of the gateway record nothing, so they load nothing.
if (isMainThread) {
  const { trace } = await import("@opentelemetry/api")
  const { droppingProvider } = await import("./dropping-provider.ts")
  trace.setGlobalTracerProvider(droppingProvider())
}
