import type { Context, TracerProvider } from "@opentelemetry/api"
import type { Log } from "./log.ts"
import { NO_TRACING } from "../model/ports/tracing.ts"
import type { Tracing } from "../model/ports/tracing.ts"
import { VERSION } from "../version.ts"

/** Disposing of it exports the spans that have not been exported yet. */
export interface OpenedTracing extends AsyncDisposable {
  readonly tracing: Tracing
}

/**
 * Spans go to the OpenTelemetry that was registered in this process before the gateway starts, for example by `node
 * --import`: a setting of ours should not decide which modules are loaded. If none was registered, nothing of OpenTelemetry
 * is loaded.
 */
export async function openTracing(log: Log): Promise<OpenedTracing> {
  const registered = registeredTelemetry()
  if (registered?.trace === undefined) return NOT_TRACED
  const { openTelemetryTracing } = await import("./open-telemetry.ts")
  const { trace: provider, context } = registered
  log.info("OpenTelemetry is registered: spans of messages are recorded")
  const tracing = openTelemetryTracing(provider.getTracer("wecom-push", VERSION), () => context?.active())
  return { tracing, [Symbol.asyncDispose]: () => flush(provider) }
}

const NOT_TRACED: OpenedTracing = { tracing: NO_TRACING, [Symbol.asyncDispose]: () => Promise.resolve() }

interface Telemetry {
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider & { forceFlush?(): Promise<void> } }
  readonly context?: { active(): Context }
}

/**
 * The place where version 1 of the API keeps what was registered, for all copies of the API in a process. The API itself
 * shows it only to copies that are not newer than the one that registered it; the parts used here have been the same since
 * 1.0.
 */
function registeredTelemetry(): Telemetry | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a global of others, of which each part may be missing
  return (globalThis as unknown as Readonly<Record<symbol, Telemetry | undefined>>)[REGISTERED]
}

const REGISTERED = Symbol.for("opentelemetry.js.api.1")

/** Exports the remaining spans. The stop of a gateway waits no longer than this for a collector that does not answer. */
async function flush(provider: NonNullable<Telemetry["trace"]>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((settled) => {
    timer = setTimeout(settled, FLUSH_MS)
  })
  try {
    await Promise.race([provider.getDelegate?.().forceFlush?.(), late])
  } catch {
    // The exporter has a log of its own.
  } finally {
    clearTimeout(timer)
  }
}

const FLUSH_MS = 2000
