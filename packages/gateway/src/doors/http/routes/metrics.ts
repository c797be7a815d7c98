import { z } from "zod"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { noQuery } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"

export function metricsRoutes(app: App, { metrics }: HttpDeps): void {
  app.route({
    method: "GET",
    url: "/metrics",
    config: { scopes: ["read"] },
    schema: {
      operationId: "metrics",
      tags: ["operation"],
      summary: "Metrics for Prometheus",
      description:
        "A key of some apps gets the metrics of these apps, whether the gateway can store, and its version. The metrics of the process and of all requests need a key of all apps.",
      querystring: noQuery,
      response: { 200: { description: "Text.", content: { "text/plain": { schema: z.string() } } }, ...problems },
    },
    handler: async (request, reply) => reply.type(metrics.contentType).send(await metrics.text(keyOf(request).apps)),
  })
}
