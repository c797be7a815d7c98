import assert from "node:assert/strict"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { ROOT_CONTEXT, trace } from "@opentelemetry/api"
import { createLog } from "./log.ts"
import { librariesAtStart } from "../doors/http/testing/libraries-at-start.ts"
import { RecordingProvider } from "../doors/http/testing/recording-provider.ts"
import { NO_TRACING } from "../model/ports/tracing.ts"
import { openTracing } from "./tracing.ts"

const REGISTERED = Symbol.for("opentelemetry.js.api.1")
const globals = globalThis as unknown as Record<symbol, unknown>
const GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
const silent = createLog("silent")

/** Registers it for one test. */
function register(t: TestContext, telemetry: object): void {
  const before = globals[REGISTERED]
  t.after(() => {
    if (before === undefined) delete globals[REGISTERED]
    else globals[REGISTERED] = before
  })
  globals[REGISTERED] = telemetry
}

// proves 30.spans: other versions of the API
test("30.spans: what an older version of the API has registered gets the spans too", async (t) => {
  const provider = new RecordingProvider()
  register(t, { version: "1.0.0", trace: provider })
  assert.equal(trace.getTracerProvider() === provider, false, "the API tells it to no newer copy of itself")
  const opened = await openTracing(silent)
  opened.tracing.begin("send call", GIVEN)[Symbol.dispose]()
  assert.deepEqual(
    provider.ended.map(({ name }) => name),
    ["send call"],
  )
})

test("30.spans: where nothing is registered nothing is recorded, and a trace is passed on as it is", async () => {
  const { tracing } = await openTracing(silent)
  assert.equal(tracing, NO_TRACING)
  assert.deepEqual(
    [GIVEN, undefined].map((parent) => tracing.begin("send call", parent).trace),
    [GIVEN, undefined],
  )
})

// proves 30.spans: without it
test("30.spans: a gateway loads nothing of OpenTelemetry before it finds it registered", () => {
  assert.deepEqual(
    librariesAtStart().filter((name) => name.startsWith("@opentelemetry/")),
    [],
  )
})

// proves 30.spans: a collector that is away
test("30.spans: a stop exports what has ended, and waits no longer than two seconds for a collector that is away", async (t) => {
  let flushes = 0
  const answers = [() => Promise.resolve(), () => Promise.reject(new Error("refused")), () => new Promise(() => {})]
  const provider = Object.assign(new RecordingProvider(), { forceFlush: () => answers[flushes++]?.() })
  const proxy = { getTracer: () => provider.getTracer(), getDelegate: () => provider }
  register(t, { version: "1.10.0", trace: proxy })
  t.mock.timers.enable({ apis: ["setTimeout"] })
  for (const _ of answers) {
    const opened = await openTracing(silent)
    const stopped = opened[Symbol.asyncDispose]()
    t.mock.timers.tick(2000)
    await stopped
  }
  assert.equal(flushes, 3)
})

test("30.spans: the span of an instrumentation, which has the trace of its request, is the parent of an acceptance alone", async (t) => {
  const provider = new RecordingProvider()
  const outer = provider.getTracer().startSpan("POST /v1/messages")
  const context = trace.setSpan(ROOT_CONTEXT, outer)
  register(t, { version: "1.10.0", trace: provider, context: { active: () => context } })
  const opened = await openTracing(silent)
  for (const name of ["accept message", "send call"] as const) opened.tracing.begin(name, GIVEN)[Symbol.dispose]()
  assert.deepEqual(
    provider.ended.map(({ parentId }) => parentId),
    [outer.spanContext().spanId, "b7ad6b7169203331"],
  )
})
