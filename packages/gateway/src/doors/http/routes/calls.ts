import { z } from "zod"
import type { CallView } from "../../../model/ports/reader.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { heldMessage } from "../held-message.ts"
import { linkNext } from "../link-next.ts"
import { DEFAULT_PAGE_LIMIT, pageOf, pageQuery, time } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"
import { timeOrNull, viewOfPage } from "../views.ts"

const callView = z
  .object({
    call: z.int(),
    result: z
      .enum(["accepted", "refused", "in_doubt", "not_sent"])
      .nullable()
      .describe("The result of the last attempt; null while that attempt is under way."),
    errcode: z.int().nullable(),
    msgid: z.string().nullable().describe("The msgid of WeCom."),
    response_code: z
      .string()
      .nullable()
      .describe("For a card that can be updated. WeCom accepts the code once, within 72 hours."),
    finished_at: time.nullable(),
    recalled_at: time.nullable(),
  })
  .meta({ id: "Call" })

/** The ids and codes that WeCom returned for each call of a message. */
export function callRoutes(app: App, deps: HttpDeps): void {
  const { stores } = deps

  app.route({
    method: "GET",
    url: "/v1/messages/:id/calls",
    config: { scopes: ["read"] },
    schema: {
      operationId: "listCalls",
      tags: ["messages"],
      summary: "The calls to WeCom for a message, with WeCom's ids and codes",
      params: z.object({ id: z.string() }),
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(callView), ...problems },
    },
    handler: async (request, reply) => {
      const { id: messageId } = await heldMessage(request.params.id, keyOf(request), deps)
      const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const page = await stores.reader.calls({ messageId, limit, ...(cursor === undefined ? {} : { cursor }) })
      const view = viewOfPage(page, viewOf)
      linkNext(request, reply, view)
      return view
    },
  })
}

function viewOf(call: CallView): z.output<typeof callView> {
  return {
    call: call.number,
    result: call.result ?? null,
    errcode: call.errcode ?? null,
    msgid: call.msgid ?? null,
    response_code: call.responseCode ?? null,
    finished_at: timeOrNull(call.finishedAt),
    recalled_at: timeOrNull(call.recalledAt),
  }
}
