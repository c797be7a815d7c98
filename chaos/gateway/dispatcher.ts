import { systemClock, undiciTransport } from "@wecom-push/sdk"
import type { DispatcherParts } from "../../packages/gateway/src/main.ts"
import { startDispatcher } from "../../packages/gateway/src/dispatch/dispatcher.ts"
import type { Dispatcher } from "../../packages/gateway/src/core/ports/dispatcher.ts"

export function createDispatcher({ stores, config, log, metrics }: DispatcherParts): Dispatcher {
  return startDispatcher({
    stores,
    baseUrl: config.baseUrl,
    transport: undiciTransport(),
    clock: systemClock,
    random: Math.random,
    log,
    metrics,
    hooks: metrics.apiHooks,
  })
}
