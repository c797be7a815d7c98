import { z } from "zod"
import { formatRfc3339 } from "../../accept/rfc3339.ts"
import type { HttpDeps } from "../deps.ts"
import { linkNext } from "../link-next.ts"
import { DEFAULT_PAGE_LIMIT, pageOf, pageQuery, problems, time } from "../schemas.ts"
import type { App } from "../app.ts"
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

export function auditRoutes(app: App, { stores }: HttpDeps): void {
  app.route({
    method: "GET",
    url: "/v1/audit",
    config: { scopes: ["admin"] },
    schema: {
      operationId: "listAudit",
      tags: ["administration"],
      summary: "Who did what, newest first",
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(auditEntry), ...problems },
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const page = await stores.audit.list({ limit, ...(cursor === undefined ? {} : { cursor }) })
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
      return view
    },
  })
}
