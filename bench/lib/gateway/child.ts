// A gateway in a process of its own, with the routes it is compared with behind the same door.
import { monitorEventLoopDelay } from "node:perf_hooks"
import { systemClock } from "@wecom-push/sdk"
import { startDispatcher } from "../../../packages/gateway/src/dispatch/dispatcher.ts"
import { expectShortLives } from "../../../packages/gateway/src/expect-short-lives.ts"
import { startGateway } from "../../../packages/gateway/src/main.ts"
import type { DispatcherParts } from "../../../packages/gateway/src/main.ts"
import { CrowdTransport } from "../../../packages/gateway/src/upstream/crowd-transport.ts"
import { bullmqRoutes } from "./bullmq-routes.ts"
import { ADMIN_KEY, APP, MASTER_KEY } from "./plan.ts"
import type { GatewayPlan } from "./plan.ts"

expectShortLives()
const plan = JSON.parse(process.argv[2] ?? "") as GatewayPlan

const gateway = await startGateway({
  environment: { LOG_LEVEL: "warn", WECOM_PUSH_MASTER_KEY: MASTER_KEY },
  port: 0,
  databaseFile: plan.databaseFile,
  baseUrl: `http://127.0.0.1:${plan.wecomPort}`,
  adminKey: ADMIN_KEY,
  apps: [APP],
  createDispatcher: ({ stores, config, log, metrics }) => {
    countSent(stores)
    return startDispatcher({
      stores,
      baseUrl: config.baseUrl,
      transport: new CrowdTransport({ report: (thread, error) => console.error(thread, error) }),
      clock: systemClock,
      random: Math.random,
      log,
      metrics,
      hooks: metrics.apiHooks,
    })
  },
  extend: (app) => {
    if (plan.emptyRoute === true) {
      const options = { config: { scopes: ["send"] }, schema: { hide: true } } as const
      app.post("/bench/empty", options, async (_request, reply) => {
        reply.code(202)
        return {}
      })
    }
    if (plan.redis !== undefined) bullmqRoutes(app, plan.redis)
  },
})
const eventLoop = monitorEventLoopDelay({ resolution: 1 })
process.on("message", ({ watch }: { watch?: "begin" | "end" }) => {
  if (watch === "begin") {
    eventLoop.reset()
    eventLoop.enable()
    process.send?.({ watching: true })
  } else if (watch === "end") {
    eventLoop.disable()
    process.send?.({ longestStallMs: eventLoop.max / 1e6 })
  }
})
process.on("SIGTERM", () => void gateway.stop(0).then(() => process.exit(0)))
process.on("disconnect", () => process.exit(1))
process.send?.({ port: gateway.port })

/** Tells when as many messages as it is asked for have been sent, each with its outcome on the disk. */
function countSent({ events }: DispatcherParts["stores"]): void {
  let left = Infinity
  process.on("message", ({ count }: { count?: number }) => {
    if (count === undefined) return
    left = count
    process.send?.({ counting: true })
  })
  events.subscribe(({ type, data }) => {
    if (type !== "message.finished") return
    if (data["state"] !== "sent") throw new Error(`a message ended as ${String(data["state"])}`)
    left--
    if (left === 0) process.send?.({ sentAt: Date.now() })
  })
}
