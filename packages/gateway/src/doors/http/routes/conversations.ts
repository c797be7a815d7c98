import { z } from "zod"
import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { Problem } from "../../../problems/problem.ts"
import type { App } from "../../kit/app.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { problems } from "../../kit/problem-document.ts"
import { linkNext } from "../link-next.ts"
import { DEFAULT_PAGE_LIMIT, pageOf, pageQuery, time } from "../schemas.ts"
import { viewOfPage } from "../views.ts"

const IN_PATH = { path: "name" }
const conversation = z
  .object({
    type: z.enum(["user", "chat"]).describe("A conversation with a member, or a group."),
    id: z.string().describe("The member's userid, or the group's chatid."),
    userid: z.string().describe("The member who wrote last."),
    first_at: time,
    last_at: time,
  })
  .meta({ id: "Conversation" })

export function conversationRoutes(app: App, { stores, apps }: HttpDeps): void {
  app.route({
    method: "GET",
    url: "/v1/apps/:name/conversations",
    config: { scopes: ["contacts"] },
    schema: {
      operationId: "listConversations",
      tags: ["people"],
      summary: "Members and groups that have written to a smart robot, newest conversation first",
      description:
        "Members and groups to which the robot can send. Only conversations whose messages arrived while the gateway was connected are known. Apps of other kinds answer 409 `not_supported`.",
      params: z.object({ name: z.string().max(64) }),
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(conversation), ...problems },
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const name = await apps.heldApp(keyOf(request), request.params.name, IN_PATH)
      const bot = await stores.apps.get(name)
      if (bot === undefined) throw await apps.unknown(keyOf(request), IN_PATH)
      if (bot.kind !== "bot") throw new Problem("not_supported")
      const query = { limit, ...(cursor === undefined ? {} : { cursor }) }
      const view = viewOfPage(await stores.conversations.list(bot.corpId, query), ({ type, id, userid, ...at }) => ({
        type,
        id,
        userid,
        first_at: formatRfc3339(at.firstAt),
        last_at: formatRfc3339(at.lastAt),
      }))
      linkNext(request, reply, view)
      return view
    },
  })
}
