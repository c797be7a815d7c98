// The spans that the gateway records with a provider of OpenTelemetry's API. For the real SDK:
// oracles/gateway/traces.test.ts
import { trace } from "@opentelemetry/api"
import { shared } from "../../../../../tools/testing/shared.ts"
import { RecordingProvider } from "./testing/recording-provider.ts"
import { tracedLives } from "./testing/traced-lives.ts"

const provider = new RecordingProvider()
shared((resources) => {
  resources.defer(() => trace.disable())
  trace.setGlobalTracerProvider(provider)
  return Promise.resolve(provider)
})
tracedLives("a provider of our own", () => provider.ended)
