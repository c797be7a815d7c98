// Routes that the gateway is compared with, served by the gateway's own HTTP server: one that does nothing, and some that pass
// the message to BullMQ. Started from the sources: no published gateway has these routes, and they need internals.
import { expectShortLives } from "../../../packages/gateway/src/app/expect-short-lives.ts"
import { startGateway } from "../../../packages/gateway/src/app/main.ts"
import type { App } from "../../../packages/gateway/src/doors/kit/app.ts"
import { oracle } from "../oracles.ts"
import { ADMIN_KEY, APP, MASTER_KEY } from "./plan.ts"
import type { PeersPlan } from "./plan.ts"

expectShortLives()
const plan = JSON.parse(process.argv[2] ?? "") as PeersPlan

const addBullmqRoutes = plan.redis === undefined ? undefined : await bullmqRoutesWith(plan.redis)

const gateway = await startGateway({
  environment: { LOG_LEVEL: "warn", WECOM_PUSH_MASTER_KEY: MASTER_KEY },
  port: 0,
  databaseFile: plan.databaseFile,
  baseUrl: `http://127.0.0.1:${plan.wecomPort}`,
  adminKey: ADMIN_KEY,
  apps: [{ name: "bench", ...APP }],
  extend: (app) => {
    const options = { config: { scopes: ["send"] }, schema: { hide: true } } as const
    app.post("/bench/empty", options, async (_request, reply) => {
      reply.code(202)
      return {}
    })
    addBullmqRoutes?.(app)
  },
})
process.on("SIGTERM", () => void gateway.stop(0).then(() => process.exit(0)))
process.on("disconnect", () => process.exit(1))
process.send?.({ port: gateway.port })

async function bullmqRoutesWith(redisSocket: string): Promise<(app: App) => void> {
  const { bullmqRoutes } = (await import(oracle("bullmq-routes.ts"))) as {
    readonly bullmqRoutes: (app: App, redisSocket: string) => void
  }
  return (app) => bullmqRoutes(app, redisSocket)
}
