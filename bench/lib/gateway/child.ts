// A gateway in a process of its own, with the routes it is compared with behind the same door.
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { ApiHooks } from "@wecom-push/sdk"
import type { DispatcherParts } from "../../../packages/gateway/src/main.ts"
import { bullmqRoute } from "./bullmq-route.ts"
import { ADMIN_KEY, APP } from "./plan.ts"
import type { GatewayPlan } from "./plan.ts"

const plan = JSON.parse(process.argv[2] ?? "") as GatewayPlan
const { startGateway, startDispatcher, systemClock, undiciTransport } = await load(plan.home)

const gateway = await startGateway({
  environment: { LOG_LEVEL: "warn" },
  port: 0,
  databaseFile: plan.databaseFile,
  baseUrl: `http://127.0.0.1:${plan.wecomPort}`,
  adminKey: ADMIN_KEY,
  apps: [APP],
  createDispatcher: ({ stores, config, log, metrics }: DispatcherParts) => {
    countFinished(stores)
    return startDispatcher({
      stores,
      baseUrl: config.baseUrl,
      transport: undiciTransport(),
      clock: systemClock,
      random: Math.random,
      log,
      metrics,
      hooks: metrics.apiHooks satisfies ApiHooks,
    })
  },
  extend: (app) => {
    if (plan.emptyRoute === true) {
      const config = { scopes: ["send"], takesBytes: true } as const
      app.post("/bench/empty", { config, schema: { hide: true } }, async (_request, reply) => {
        reply.code(202)
        return {}
      })
    }
    if (plan.redis !== undefined) bullmqRoute(app, plan.redis)
  },
})
process.on("SIGTERM", () => void gateway.stop(0).then(() => process.exit(0)))
process.on("disconnect", () => process.exit(1))
process.send?.({ port: gateway.port })

/** Tells when as many messages as it was asked for are finished, each of them sent. */
function countFinished({ events }: DispatcherParts["stores"]): void {
  let left = Infinity
  process.on("message", ({ count }: { count: number }) => {
    left = count
    process.send?.({ counting: true })
  })
  events.subscribe(({ type, data }) => {
    if (type !== "message.finished") return
    if (data["state"] !== "sent") process.send?.({ otherwise: data["state"] })
    left--
    if (left === 0) process.send?.({ finishedAt: Date.now() })
  })
}

async function load(home: string | undefined) {
  const gatewayAt = (file: string): string =>
    home === undefined
      ? new URL(`../../../packages/gateway/src/${file}.ts`, import.meta.url).href
      : pathToFileURL(join(home, "node_modules", "@wecom-push", "gateway", "dist", `${file}.js`)).href
  const sdk =
    home === undefined
      ? "@wecom-push/sdk"
      : pathToFileURL(join(home, "node_modules", "@wecom-push", "sdk", "dist", "index.js")).href
  return {
    ...((await import(gatewayAt("main"))) as typeof import("../../../packages/gateway/src/main.ts")),
    ...((await import(
      gatewayAt("dispatch/dispatcher")
    )) as typeof import("../../../packages/gateway/src/dispatch/dispatcher.ts")),
    ...((await import(sdk)) as typeof import("@wecom-push/sdk")),
  }
}
