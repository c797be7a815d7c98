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
    actor: z.string().describe("A key's id, or `local` for the command on the machine itself."),
    from: z.string().nullable().describe("Address of the peer."),
    action: z.string(),
    target: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "AuditEntry" })

const auditPage = pageOf(auditEntry).extend({
  deleted: z
    .object({
      entries: z.int().describe("Of the whole trail, whatever apps they were about."),
      until: time.describe("When the last of them was written."),
    })
    .nullable()
    .describe("The oldest entries, which were deleted to keep the trail inside its bounds; null while none were."),
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
        "What concerns apps that the key does not hold is left out. Of what a key does to messages or files in a loop, and is denied, what follows the first ones within a minute shares an entry with a `count`. The trail is bounded by age and number; `deleted` says how many are gone.",
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
