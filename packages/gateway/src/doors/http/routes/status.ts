import { z } from "zod"
import { SCOPES } from "../../../model/ports/keys.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import type { BacklogView } from "../../../model/ports/reader.ts"
import type { Outage } from "../../../model/outage.ts"
import { VERSION } from "../../../version.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { noQuery, outageView, pauseView } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import { viewOfOutage, viewOfPause } from "../views.ts"
import type { App } from "../../kit/app.ts"

const statusView = z
  .object({
    version: z.string(),
    ready: z.boolean().describe("Same as in `/readyz`."),
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
          due_messages: z.int().describe("How many of them should have been sent already; counted up to 10,000."),
          oldest_due_seconds: z.number().describe("How long the oldest of them has been waiting."),
          unreachable: outageView.nullable().describe("Present only while the app cannot reach WeCom."),
          pause: pauseView.nullable(),
        }),
      )
      .describe("The apps that the key holds."),
    backlog: z.object({
      limit: z.int().describe("The limit of unfinished messages. Above it, new messages are refused with 503."),
      is_near: z.boolean().describe("80 % of the limit is used, by all apps together."),
    }),
    database: z.object({
      kind: z.enum(["sqlite", "postgres"]),
      synchronous: z
        .enum(["off", "normal", "full", "extra"])
        .describe("With `full` or higher, a message that was answered 202 survives a power failure."),
      trouble: z.string().nullable().describe("Why the gateway cannot store anything at present."),
    }),
  })
  .meta({ id: "Status" })

/** Facts for the holder of a key, before it is used or when nothing arrives. */
export function statusRoutes(app: App, deps: HttpDeps): void {
  const { stores, dispatcher, stopping, now, backlogLimit } = deps
  app.route({
    method: "GET",
    url: "/v1/status",
    config: { scopes: SCOPES },
    schema: {
      operationId: "getStatus",
      tags: ["operation"],
      summary: "The requesting key, its apps, and the state of the gateway",
      querystring: noQuery,
      response: { 200: statusView, ...problems },
    },
    handler: async (request): Promise<z.output<typeof statusView>> => {
      const key = keyOf(request)
      const { kind, trouble, synchronous } = stores.upkeep.health()
      const backlog = await stores.reader.backlog(now())
      const unfinished = backlog.reduce((sum, view) => sum + view.unfinished, 0)
      return {
        version: VERSION,
        ready: !stopping.aborted && trouble === undefined && dispatcher.isRunning(),
        key: { id: key.id, name: key.name, scopes: [...key.scopes], audience_cap: key.audienceCap ?? null },
        apps: await appsOf(key, backlog, deps),
        backlog: { limit: backlogLimit, is_near: unfinished >= NEAR_SHARE * backlogLimit },
        database: { kind, synchronous, trouble: trouble ?? null },
      }
    },
  })
}

const NEAR_SHARE = 0.8

async function appsOf(
  { apps }: KeyRecord,
  backlog: readonly BacklogView[],
  { stores, dispatcher }: HttpDeps,
): Promise<z.output<typeof statusView>["apps"]> {
  const held = (await stores.apps.list()).filter(({ name }) => apps === "all" || apps.includes(name))
  return held.map((app) => ({
    name: app.name,
    ...waitingOf(backlog.filter((view) => view.app === app.name)),
    unreachable: outageOrNull(dispatcher.standing(app.name).outage),
    pause: viewOfPause(dispatcher.pauseOf(app)),
  }))
}

/** The sum over all priorities. */
function waitingOf(views: readonly BacklogView[]) {
  return {
    unfinished_messages: views.reduce((sum, { unfinished }) => sum + unfinished, 0),
    due_messages: views.reduce((sum, { due }) => sum + due, 0),
    oldest_due_seconds: Math.max(0, ...views.map(({ oldestDueMs }) => oldestDueMs)) / 1000,
  }
}

function outageOrNull(outage: Outage | undefined): z.output<typeof outageView> | null {
  return outage === undefined ? null : viewOfOutage(outage)
}
