import { checkCardUpdate, tolerate } from "@wecom-push/protocol"
import type { Fault } from "@wecom-push/protocol"
import { z } from "zod"
import { errorOfFault, refuse, unknownField, warningsIn } from "../../../accept/issues.ts"
import { MESSAGE_FIELDS } from "../../../accept/message-fields.ts"
import { Problem } from "../../../problems/problem.ts"
import type { ProblemError } from "../../../problems/problem.ts"
import type { CardChange, CardRequestOutcome } from "../../../delivery/commands/change-card.ts"
import { keyOf } from "../../kit/authenticate.ts"
import { LIST_BODY_BYTES } from "../../kit/body-limits.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { heldMessage } from "../held-message.ts"
import { noQuery, warnings } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import { viewOfWarnings } from "../views.ts"
import type { App } from "../../kit/app.ts"

const cardRequest = z
  .looseObject({
    userids: z.array(z.string()).optional(),
    partyids: z.array(z.int()).optional(),
    tagids: z.array(z.int()).optional(),
    atall: z.literal([0, 1]).optional(),
    button: z.looseObject({ replace_name: z.string() }).optional(),
    template_card: z.looseObject({}).optional(),
    strict: MESSAGE_FIELDS.strict,
  })
  .meta({ externalDocs: { url: "https://developer.work.weixin.qq.com/document/path/94888" } })

const cardAnswer = z.object({
  id: z.string(),
  calls: z
    .array(
      z.object({
        call: z
          .int()
          .nullable()
          .describe(
            "Null for members who are not recipients of the message, and for recipients of a smart robot's card that has not been pressed yet.",
          ),
        code: z.enum(["message", "click"]).nullable().describe("Whose code was used; null if no code was left."),
        userids: z.array(z.string()).nullable().describe("The members that the request named; null if it named none."),
        result: z
          .enum(["updated", "refused", "unreachable", "unknown", "no_code", "not_a_recipient"])
          .describe(
            "`unknown`: WeCom's response was lost, so the card may have changed. Repeating the request is safe.",
          ),
        errcode: z.int().nullable(),
        errmsg: z.string().nullable(),
        invalid_users: z
          .array(z.string())
          .describe("The cards of these members were not changed. In lower case, as WeCom writes them."),
      }),
    )
    .describe("One entry for each request to WeCom, and for each request that could not be made."),
  warnings: warnings.optional(),
})

/** Changing a card that is on the phones. */
export function cardRoutes(app: App, deps: HttpDeps): void {
  const { cards, audit, apps } = deps

  app.route({
    method: "POST",
    url: "/v1/messages/:id/card",
    bodyLimit: LIST_BODY_BYTES,
    config: { scopes: ["send"] },
    schema: {
      operationId: "changeCard",
      tags: ["messages"],
      summary: "Update a card that is on the phones",
      description:
        "The body of WeCom's update_template_card without response_code and agentid. Without recipients it updates the card of all members who got it. WeCom accepts each code once, within 72 hours; each call and each press brings one code. Members in userids who have pressed the card are updated with the code of their press, all others with the code of the call. To update all members of a call after the code of the call is used, the code of any press is used. A smart robot's card can be updated only within 5 seconds after a press. Cards that were sent by the app in `else` are updated like those of any app.",
      params: z.object({ id: z.string() }),
      querystring: noQuery,
      body: cardRequest,
      response: { 200: cardAnswer, ...problems },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const message = await heldMessage(request.params.id, key, deps)
      const { body, warnings } = checked(request.body)
      const kind = await apps.callKind(message.app)
      if (kind?.canChangeCards === false) throw new Problem("not_supported")
      const pressSeconds = kind?.pressSeconds
      if (pressSeconds !== undefined) refuseOfRobots(body)
      const [own, otherwise] = await Promise.all(
        [message.app, message.otherwise?.app].map((name) => senderOf(name, deps)),
      )
      const changed = await cards.change({ messageId: message.id, own, otherwise, body, pressSeconds })
      if (changed.kind === "card_not_updatable") throw notUpdatable(changed.userids)
      if (changed.kind !== "asked") throw new Problem(changed.kind)
      const { requests } = changed
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "message.card_changed",
        target: message.id,
        apps: [message.app],
        detail: { calls: requests.length },
      })
      const warned = viewOfWarnings(warnings, request.headers["accept-language"])
      return { id: message.id, calls: requests.map(viewOf), ...warned }
    },
  })
}

/** @throws {Problem} every fault of the body */
function checked({ strict = true, ...body }: z.output<typeof cardRequest>): {
  readonly body: Readonly<Record<string, unknown>>
  readonly warnings: readonly Fault[]
} {
  const errors = ["agentid", "response_code"]
    .filter((name) => Object.hasOwn(body, name))
    .map((name) => unknownField(`/${name}`))
  if (namesNoRecipient(body)) errors.push(NO_RECIPIENT)
  const faults = strict ? checkCardUpdate(body) : checkCardUpdate(body).map(tolerate)
  for (const fault of faults) if (isError(fault)) errors.push(errorOfFault(fault))
  if (errors.length > 0) throw refuse(errors)
  return { body, warnings: warningsIn(faults) }
}

/** Undefined if the app no longer exists. */
async function senderOf(name: string | undefined, { apps, stores }: HttpDeps): Promise<CardChange["own"]> {
  if (name === undefined) return undefined
  const [app, kind] = await Promise.all([stores.apps.get(name), apps.callKind(name)])
  return app && kind && { app: app.name, agentId: app.agentId, callKind: kind.name }
}

/** @throws {Problem} for fields that the cards of smart robots do not have */
function refuseOfRobots(body: Readonly<Record<string, unknown>>): void {
  const errors = ["partyids", "tagids", "atall", "button"]
    .filter((name) => body[name] !== undefined && body[name] !== 0)
    .map((name) => ({
      path: `/${name}`,
      code: "not_supported",
      detail: {
        en: `A smart robot's card has no ${name}: give template_card, and userids if it is not for all in the conversation.`,
        zh: `智能机器人的卡片不支持 ${name}：请填写 template_card；若不是更新会话中所有人的卡片，再填写 userids。`,
      },
    }))
  if (errors.length > 0) throw refuse(errors)
}

/** With `userid` written for `userids`, everybody's card would change; so this is an error even if not strict. */
function isError({ severity, rule, tolerated }: Fault): boolean {
  return severity === "error" || (rule === "unknown_field" && tolerated === true)
}

const TARGETS = ["userids", "partyids", "tagids", "atall"] as const

/** An empty list is more likely a mistake than a wish to change everybody's card. */
function namesNoRecipient(body: Omit<z.output<typeof cardRequest>, "strict">): boolean {
  const given = TARGETS.map((name) => body[name]).filter((target) => target !== undefined)
  return given.length > 0 && given.every((target) => target === 0 || (Array.isArray(target) && target.length === 0))
}

const NO_RECIPIENT: ProblemError = {
  path: "/userids",
  code: "required",
  detail: {
    en: "userids, partyids, tagids and atall name no member; leave them all out to change the card of all who got it.",
    zh: "userids、partyids、tagids、atall 没有指定任何人；要更新所有人的卡片，请全部省略。",
  },
}

function notUpdatable(userids: readonly string[]): Problem {
  if (userids.length === 0) return new Problem("card_not_updatable")
  const shown = userids.length > MOST_SHOWN ? [...userids.slice(0, MOST_SHOWN), "…"] : userids
  return new Problem("card_not_updatable", {
    detail: {
      en: `No unused code is known for ${shown.join(", ")}.`,
      zh: `${shown.join("、")} 没有未使用的 code。`,
    },
  })
}

const MOST_SHOWN = 20

function viewOf(outcome: CardRequestOutcome): z.output<typeof cardAnswer>["calls"][number] {
  const { call, code, userids, result, errcode, errmsg, invalidUsers } = outcome
  return {
    call: call ?? null,
    code: code ?? null,
    userids: userids === undefined ? null : [...userids],
    result,
    errcode: errcode ?? null,
    errmsg: errmsg ?? null,
    invalid_users: [...invalidUsers],
  }
}
