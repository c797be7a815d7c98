import { z } from "zod"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { linkNext } from "../link-next.ts"
import { DEFAULT_PAGE_LIMIT, pageOf, pageQuery, time } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"
import { viewOfPage } from "../views.ts"

const auditEntry = z
  .object({
    id: z.int(),
    at: time,
    actor: z.string().describe("The id of the key, or `local` for the command on the gateway's machine."),
    from: z.string().nullable().describe("Network address of the client."),
    action: z.string(),
    target: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "AuditEntry" })

const auditPage = pageOf(auditEntry).extend({
  deleted: z
    .object({
      entries: z.int().describe("For the whole trail, of all apps."),
      until: time.describe("When the newest of them was written."),
    })
    .nullable()
    .describe("The oldest entries, which were deleted to stay within the limits; null if none were deleted."),
})

export function auditRoutes(app: App, { stores }: HttpDeps): void {
  app.route({
    method: "GET",
    url: "/v1/audit",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "listAudit",
      tags: ["administration"],
      summary: "Who did what, newest first",
      description:
        "Entries about apps that the key does not hold are left out. If a key repeats an action on messages or files, or is denied repeatedly, further entries within a minute share one entry with a `count`. The trail is limited by age and number of entries; `deleted` says how many were deleted.",
      querystring: z.strictObject(pageQuery),
      response: { 200: auditPage, ...problems },
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const { apps } = keyOf(request)
      const page = await stores.audit.list({ limit, apps, ...(cursor === undefined ? {} : { cursor }) })
      // Read after the page, so that it includes entries that were deleted while the page was read.
      const { deleted } = await stores.audit.extent()
      const view = viewOfPage(page, ({ id, at, actor, from, action, target, detail }) => ({
        id,
        at: formatRfc3339(at),
        actor,
        from: from ?? null,
        action,
        target: target ?? null,
        detail: { ...detail },
      }))
      linkNext(request, reply, view)
      return {
        ...view,
        deleted: deleted === undefined ? null : { entries: deleted.entries, until: formatRfc3339(deleted.until) },
      }
    },
  })
}
