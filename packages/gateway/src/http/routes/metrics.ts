import { z } from "zod"
import type { HttpDeps } from "../deps.ts"
import { noQuery, problems } from "../schemas.ts"
import type { App } from "../app.ts"

export function metricsRoutes(app: App, { metrics }: HttpDeps): void {
  app.route({
    method: "GET",
    url: "/metrics",
    config: { scopes: ["read"] },
    schema: {
      operationId: "metrics",
      tags: ["operation"],
      summary: "Figures for Prometheus",
      querystring: noQuery,
      response: { 200: { description: "Text.", content: { "text/plain": { schema: z.string() } } }, ...problems },
    },
    handler: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  })
}
