import { z } from "zod"
import { Problem } from "../../../problems/problem.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { changeHeaders, entityTag, expectedBy } from "../entity-tags.ts"
import { coversApps } from "../../../model/ports/covers-apps.ts"
import { requireRights } from "../../kit/key-rights.ts"
import { noQuery } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"

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
        "How many numbers that belong to no member may be looked up in WeCom per day. Default 10; null for no limit. After too many, WeCom closes the look-up for a day.",
      ),
    lookups_per_minute: pace.describe("Default 9000; null for no limit."),
    lookups_per_hour: pace.describe("Default 140000; null for no limit."),
    chat_person_times_per_minute: pace.describe(
      "How many person-times messages to group chats may reach per minute. Default 20000; null for no limit.",
    ),
  })
  .meta({ id: "CorpSettings", description: "Settings that differ from the defaults, for all apps of a corp." })

/** Settings that the apps of one corp share. */
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
      description: "With an `ETag`, to be used as `If-Match` in the change.",
      params,
      querystring: noQuery,
      response: { 200: z.object({ corp_id: z.string(), settings: corpSettings }), ...problems },
    },
    handler: async (request, reply) => {
      const { corpId } = await heldCorp(request.params.corp_id, keyOf(request), deps)
      const corp = await stores.corps.read(corpId)
      reply.header("etag", entityTag(corp))
      return { corp_id: corpId, settings: { ...corp.settings } }
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
      description:
        "A setting that is left out gets its default. Needs a key that holds all apps of the corp. With `If-Match`, a change that was not based on the last one is answered 412.",
      params,
      querystring: noQuery,
      headers: changeHeaders,
      body: z.strictObject({ settings: corpSettings }),
      response: { 200: z.object({ corp_id: z.string(), settings: corpSettings }), ...problems },
    },
    handler: async (request, reply) => {
      const { corpId, apps } = await heldCorp(request.params.corp_id, keyOf(request), deps)
      const key = requireRights(request, coversApps(keyOf(request).apps, apps), deps)
      const entries = Object.entries(request.body.settings)
      const settings = Object.fromEntries(
        entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      )
      const changed = await stores.corps.put(corpId, settings, deps.now(), expectedBy(request.headers))
      if (changed === "stale") throw new Problem("changed_meanwhile")
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "corp.changed",
        target: corpId,
        apps,
        detail: { settings },
      })
      reply.header("etag", entityTag(changed))
      return { corp_id: corpId, settings }
    },
  })
}

interface HeldCorp {
  readonly corpId: string
  /** All apps of the corp, including those that the key does not hold. */
  readonly apps: readonly string[]
}

/** A corp to which an app of the key belongs. @throws {Problem} `not_found` */
async function heldCorp(corpId: string, { apps: held }: KeyRecord, { stores }: HttpDeps): Promise<HeldCorp> {
  const all = await stores.apps.list()
  const apps = all.filter((app) => app.kind === "app" && app.corpId === corpId).map(({ name }) => name)
  if (apps.some((name) => coversApps(held, [name]))) return { corpId, apps }
  throw new Problem("not_found", {
    detail: { en: "The key holds no app of this corp.", zh: "密钥不包含此企业的应用。" },
  })
}
