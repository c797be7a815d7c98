import { z } from "zod"
import type { HttpDeps } from "../../kit/deps.ts"
import { noQuery } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"

/** For load balancers and supervisors. Strangers see no more than they need. */
export function healthRoutes(app: App, { stores, dispatcher, stopping }: HttpDeps): void {
  for (const [url, operationId] of [
    ["/healthz", "healthz"],
    ["/livez", "livez"],
  ] as const) {
    app.route({
      method: "GET",
      url,
      config: { isProbe: true },
      schema: {
        operationId,
        tags: ["operation"],
        summary: "Whether the process answers",
        querystring: noQuery,
        response: { 200: z.object({ status: z.literal("ok") }), "4xx": problems["4xx"] },
      },
      handler: () => ({ status: "ok" as const }),
    })
  }

  app.route({
    method: "GET",
    url: "/readyz",
    config: { isProbe: true },
    schema: {
      operationId: "readyz",
      tags: ["operation"],
      summary: "Whether the gateway accepts and sends messages",
      querystring: noQuery,
      response: {
        200: z.object({ status: z.literal("ready") }),
        503: z.object({ status: z.literal("not_ready") }),
        "4xx": problems["4xx"],
      },
    },
    handler: async (_request, reply) => {
      const isReady = !stopping.aborted && stores.upkeep.health().trouble === undefined && dispatcher.isRunning()
      if (isReady) return { status: "ready" as const }
      reply.code(503).header("retry-after", "1")
      return { status: "not_ready" as const }
    },
  })
}
