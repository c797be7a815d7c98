import { z } from "zod"
import { formatRfc3339 } from "../../accept/rfc3339.ts"
import { SCOPES } from "../../core/ports/keys.ts"
import type { KeyRecord } from "../../core/ports/keys.ts"
import { VERSION } from "../../version.ts"
import { keyOf } from "../authenticate.ts"
import type { HttpDeps } from "../deps.ts"
import { noQuery, problems, time } from "../schemas.ts"
import type { App } from "../app.ts"

const statusView = z
  .object({
    version: z.string(),
    ready: z.boolean().describe("As `/readyz` has it."),
    key: z.object({
      id: z.string(),
      name: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      audience_cap: z.int().nullable(),
    }),
    apps: z
      .array(
        z.object({
          name: z.string(),
          unfinished_messages: z.int(),
          pause: z.object({ errcode: z.int(), errmsg: z.string(), since: time, next_probe_at: time }).nullable(),
        }),
      )
      .describe("Those the key reaches."),
    database: z.object({
      kind: z.literal("sqlite"),
      synchronous: z
        .enum(["off", "normal", "full", "extra"])
        .describe("From `full` on a 202 outlives a power failure."),
      trouble: z.string().nullable().describe("Why nothing can be stored at present."),
    }),
  })
  .meta({ id: "Status" })

/** What whoever holds a key wants to know before they use it, or when nothing arrives. */
export function statusRoutes(app: App, deps: HttpDeps): void {
  const { stores, dispatcher, stopping, now } = deps
  app.route({
    method: "GET",
    url: "/v1/status",
    config: { scopes: SCOPES },
    schema: {
      operationId: "getStatus",
      tags: ["operation"],
      summary: "The key that asks, its apps, and how the gateway is",
      querystring: noQuery,
      response: { 200: statusView, ...problems },
    },
    handler: async (request): Promise<z.output<typeof statusView>> => {
      const key = keyOf(request)
      const { trouble, synchronous } = stores.upkeep.health()
      return {
        version: VERSION,
        ready: !stopping.aborted && trouble === undefined && dispatcher.isRunning(),
        key: { id: key.id, name: key.name, scopes: [...key.scopes], audience_cap: key.audienceCap ?? null },
        apps: await appsOf(key, deps, now()),
        database: { kind: "sqlite", synchronous, trouble: trouble ?? null },
      }
    },
  })
}

async function appsOf({ apps }: KeyRecord, { stores }: HttpDeps, now: number) {
  const unfinished = new Map<string, number>()
  for (const { app, unfinished: count } of await stores.reader.backlog(now)) {
    unfinished.set(app, (unfinished.get(app) ?? 0) + count)
  }
  const held = (await stores.apps.list()).filter(({ name }) => apps === "all" || apps.includes(name))
  return held.map(({ name, pause }) => ({
    name,
    unfinished_messages: unfinished.get(name) ?? 0,
    pause:
      pause === undefined
        ? null
        : {
            errcode: pause.errcode,
            errmsg: pause.errmsg,
            since: formatRfc3339(pause.since),
            next_probe_at: formatRfc3339(pause.nextProbeAt),
          },
  }))
}
