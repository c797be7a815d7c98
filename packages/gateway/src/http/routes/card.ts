import { checkCardUpdate, RESPONSE_CODE_LIFETIME_SECONDS } from "@wecom-push/protocol"
import { z } from "zod"
import { errorOfFault, refuse, unknownField } from "../../accept/issues.ts"
import { Problem } from "../../accept/problem.ts"
import type { CardUpdateReply } from "../../core/ports/dispatcher.ts"
import type { CallView } from "../../core/ports/reader.ts"
import { keyOf } from "../authenticate.ts"
import type { HttpDeps } from "../deps.ts"
import { heldMessage } from "../held-message.ts"
import { noQuery, problems } from "../schemas.ts"
import type { App } from "../server.ts"

const cardRequest = z
  .looseObject({
    userids: z.array(z.string()).optional(),
    partyids: z.array(z.int()).optional(),
    tagids: z.array(z.int()).optional(),
    atall: z.literal([0, 1]).optional(),
    button: z.looseObject({ replace_name: z.string() }).optional(),
    template_card: z.looseObject({}).optional(),
  })
  .meta({ externalDocs: { url: "https://developer.work.weixin.qq.com/document/path/94888" } })

const cardAnswer = z.object({
  id: z.string(),
  calls: z.array(
    z.object({
      call: z.int(),
      result: z.enum(["updated", "refused", "unreachable"]),
      errcode: z.int().nullable(),
      errmsg: z.string().nullable(),
      invalid_users: z.array(z.string()).describe("They kept the card they had. Lower case, as WeCom writes them."),
    }),
  ),
})

/** Changing a card that is on the phones. */
export function cardRoutes(app: App, deps: HttpDeps): void {
  const { stores, dispatcher, audit } = deps

  app.route({
    method: "POST",
    url: "/v1/messages/:id/card",
    config: { scopes: ["send"] },
    schema: {
      operationId: "changeCard",
      tags: ["messages"],
      summary: "Change a card that is on the phones",
      description:
        "The body of WeCom's update_template_card without response_code and agentid; for everybody who got the card unless it says for whom. WeCom lets each call's card be changed once, for 72 hours.",
      params: z.object({ id: z.string() }),
      querystring: noQuery,
      body: cardRequest,
      response: { 200: cardAnswer, ...problems },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const message = await heldMessage(request.params.id, key, deps)
      const body = checked(request.body)
      const calls = await changeableCalls(message.id, deps)
      const agentId = (await stores.apps.get(message.app))?.agentId
      if (agentId === undefined) throw new Problem("no_card")
      const answers: z.output<typeof cardAnswer>["calls"] = []
      for (const { number, responseCode } of calls) {
        const update = JSON.stringify({ ...body, agentid: agentId, response_code: responseCode })
        answers.push(viewOf(number, await dispatcher.updateCard(message.app, update)))
      }
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "message.card_changed",
        target: message.id,
        detail: { calls: answers.length },
      })
      return { id: message.id, calls: answers }
    },
  })
}

/** @throws {Problem} every fault of the body */
function checked(body: z.output<typeof cardRequest>): Readonly<Record<string, unknown>> {
  const errors = ["agentid", "response_code"]
    .filter((name) => Object.hasOwn(body, name))
    .map((name) => unknownField(`/${name}`))
  for (const fault of checkCardUpdate(body)) if (fault.severity === "error") errors.push(errorOfFault(fault))
  if (errors.length > 0) throw refuse(errors)
  const saysForWhom = TARGETS.some((name) => body[name] !== undefined)
  return saysForWhom ? body : { ...body, atall: 1 }
}

const TARGETS = ["userids", "partyids", "tagids", "atall"]

/** @throws {Problem} `no_card`, `card_expired` */
async function changeableCalls(messageId: string, { stores, now }: HttpDeps): Promise<readonly CallView[]> {
  const withCard: CallView[] = []
  let cursor: string | undefined
  do {
    const page = await stores.reader.calls({ messageId, limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    withCard.push(...page.items.filter(({ responseCode }) => responseCode !== undefined))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  if (withCard.length === 0) throw new Problem("no_card")
  const oldest = now() - RESPONSE_CODE_LIFETIME_SECONDS * 1000
  const young = withCard.filter(({ finishedAt = oldest }) => finishedAt > oldest)
  if (young.length === 0) throw new Problem("card_expired")
  return young
}

function viewOf(call: number, reply: CardUpdateReply): z.output<typeof cardAnswer>["calls"][number] {
  return {
    call,
    result: reply.kind,
    errcode: reply.kind === "refused" ? reply.errcode : null,
    errmsg: reply.kind === "refused" ? reply.errmsg : null,
    invalid_users: reply.kind === "updated" ? [...reply.invalidUsers] : [],
  }
}
