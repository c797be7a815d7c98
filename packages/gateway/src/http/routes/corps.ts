import { z } from "zod"
import { Problem } from "../../accept/problem.ts"
import { keyOf } from "../authenticate.ts"
import type { HttpDeps } from "../deps.ts"
import { noQuery, problems } from "../schemas.ts"
import type { App } from "../app.ts"

const params = z.object({ corp_id: z.string() })

const pace = z.int().min(1).max(10_000_000).nullable().optional()

const corpSettings = z
  .strictObject({
    lookup_miss_budget: z
      .int()
      .min(0)
      .max(10_000_000)
      .nullable()
      .optional()
      .describe(
        "Numbers that nobody has which may be asked of WeCom in a day; 10 when absent, null for no limit. Too many close the look-up for a day.",
      ),
    lookups_per_minute: pace.describe("9000 when absent, null for no limit."),
    lookups_per_hour: pace.describe("140000 when absent, null for no limit."),
  })
  .meta({ id: "CorpSettings", description: "What differs from the defaults, for all apps of a corp." })

/** What the apps of one corp share. */
export function corpRoutes(app: App, deps: HttpDeps): void {
  const { stores, audit } = deps

  app.route({
    method: "GET",
    url: "/v1/corps/:corp_id",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "getCorp",
      tags: ["administration"],
      summary: "Settings of a corp",
      params,
      querystring: noQuery,
      response: { 200: z.object({ corp_id: z.string(), settings: corpSettings }), ...problems },
    },
    handler: async (request) => {
      const corpId = await knownCorp(request.params.corp_id, deps)
      return { corp_id: corpId, settings: { ...(await stores.corps.get(corpId)) } }
    },
  })

  app.route({
    method: "PUT",
    url: "/v1/corps/:corp_id",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "setCorp",
      tags: ["administration"],
      summary: "Set the settings of a corp",
      description: "One that is left out has its default.",
      params,
      querystring: noQuery,
      body: z.strictObject({ settings: corpSettings }),
      response: { 200: z.object({ corp_id: z.string(), settings: corpSettings }), ...problems },
    },
    handler: async (request) => {
      const corpId = await knownCorp(request.params.corp_id, deps)
      const entries = Object.entries(request.body.settings)
      const settings = Object.fromEntries(
        entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      )
      await stores.corps.put(corpId, settings)
      await audit.write({
        key: keyOf(request),
        peer: request.socket.remoteAddress,
        action: "corp.changed",
        target: corpId,
        detail: { settings },
      })
      return { corp_id: corpId, settings }
    },
  })
}

/** One that an app belongs to. */
async function knownCorp(corpId: string, { stores }: HttpDeps): Promise<string> {
  const apps = await stores.apps.list()
  if (apps.some((app) => app.corpId === corpId)) return corpId
  throw new Problem("not_found", {
    detail: { en: "No app of this corp is registered.", zh: "没有登记此企业的应用。" },
  })
}
