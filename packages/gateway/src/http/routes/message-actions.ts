import type { Bilingual } from "@wecom-push/protocol"
import { z } from "zod"
import { insufficientScope } from "../../accept/acceptor.ts"
import { Problem } from "../../problems/problem.ts"
import { RETRYABLE_STATES } from "../../ports/dispatcher.ts"
import type { KeyRecord } from "../../ports/keys.ts"
import { keyOf } from "../authenticate.ts"
import type { HttpDeps } from "../deps.ts"
import { heldMessage } from "../held-message.ts"
import { requireReach } from "../reach.ts"
import { messageState, noQuery, problems } from "../schemas.ts"
import type { App } from "../app.ts"

const params = z.object({ id: z.string() })
const noBody = z.strictObject({}).nullish()

/** What can still be done about a message once it is accepted. */
export function messageActionRoutes(app: App, deps: HttpDeps): void {
  const { dispatcher, audit } = deps

  app.route({
    method: "POST",
    url: "/v1/messages/:id/cancel",
    config: { scopes: ["send"] },
    schema: {
      operationId: "cancelMessage",
      tags: ["messages"],
      summary: "Cancel recipients not sent yet",
      description:
        "Waits for calls under way; once it has answered 200, nothing of the message goes out any more. A call whose answer was lost is not repeated: its recipients end `in_doubt`, reason `recalled_in_doubt`, and are not counted in `cancelled`. Recipients in a call that other messages share (`share_calls`) can be cancelled no more while it is under way or its answer is missing: 409 `shared_call`, at once; `detail` says how many others were cancelled.",
      params,
      querystring: noQuery,
      body: noBody,
      response: { 200: z.object({ id: z.string(), state: messageState, cancelled: z.int() }), ...problems },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const { id, app: name } = await heldMessage(request.params.id, key, deps)
      const outcome = await dispatcher.cancel(id)
      if (outcome.kind === "already_sent") throw new Problem("already_sent")
      const { recipients } = outcome
      if (outcome.kind === "cancelled" || recipients > 0) {
        await audit.write({
          key,
          peer: request.socket.remoteAddress,
          action: "message.cancelled",
          target: id,
          apps: [name],
          detail: { recipients },
        })
      }
      if (outcome.kind === "shared_call") throw new Problem("shared_call", { detail: notCancelled(recipients) })
      return { id, state: outcome.state, cancelled: recipients }
    },
  })

  app.route({
    method: "POST",
    url: "/v1/messages/:id/retry",
    config: { scopes: ["send"] },
    schema: {
      operationId: "retryMessage",
      tags: ["messages"],
      summary: "Try recipients in these states once more",
      description:
        "Retrying `in_doubt` may show a member a second copy. `not_found` is asked of WeCom anew. A message to `all` takes scope `send_all`, too.",
      params,
      querystring: noQuery,
      body: z.strictObject({ states: z.array(z.enum(RETRYABLE_STATES)).min(1).max(RETRYABLE_STATES.length) }),
      response: { 200: z.object({ id: z.string(), state: messageState, retried: z.int() }), ...problems },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const { id, app: name } = await heldMessage(request.params.id, key, deps)
      requireReach(request, await mayReach(id, key, deps), deps, insufficientScope(["send_all"]))
      const { states } = request.body
      const outcome = await dispatcher.retry(id, [...new Set(states)])
      if (outcome.kind === "nothing_to_retry") throw new Problem("nothing_to_retry")
      const { recipients, state } = outcome
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "message.retried",
        target: id,
        apps: [name],
        detail: { states, recipients },
      })
      return { id, state, retried: recipients }
    },
  })

  app.route({
    method: "POST",
    url: "/v1/messages/:id/recall",
    config: { scopes: ["send"] },
    schema: {
      operationId: "recallMessage",
      tags: ["messages"],
      summary: "Take a message back from the phones",
      description: "Cancels what has not gone out and recalls the rest, call by call, for 24 hours.",
      params,
      querystring: noQuery,
      body: noBody,
      response: {
        200: z.object({
          id: z.string(),
          state: messageState,
          cancelled: z.int(),
          calls: z.array(
            z.object({
              call: z.int(),
              result: z.enum(["recalled", "refused", "expired", "in_flight", "unknown", "unreachable"]),
              errcode: z.int().nullable(),
              errmsg: z.string().nullable(),
            }),
          ),
        }),
        ...problems,
      },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const { id, app: name } = await heldMessage(request.params.id, key, deps)
      const outcome = await dispatcher.recall(id)
      if (outcome.kind !== "recalled") throw new Problem(outcome.kind)
      const { state, cancelled } = outcome
      const calls = outcome.calls.map(({ call, result, errcode, errmsg }) => ({
        call,
        result,
        errcode: errcode ?? null,
        errmsg: errmsg ?? null,
      }))
      await audit.write({
        key,
        peer: request.socket.remoteAddress,
        action: "message.recalled",
        target: id,
        apps: [name],
        detail: { cancelled, calls: calls.length },
      })
      return { id, state, cancelled, calls }
    },
  })
}

function notCancelled(others: number): Bilingual {
  return {
    en: `${others} recipients were cancelled. The others are in a call that other messages share; it is under way or its answer is missing, so it may arrive`,
    zh: `已取消 ${others} 个接收人，其余接收人在与其他消息合并的调用中；该调用正在进行或应答丢失，可能仍会送达`,
  }
}

/** Who may not send to everybody may not do it by a message of somebody else's. `all` stands alone in a message. */
async function mayReach(messageId: string, { scopes }: KeyRecord, { stores }: HttpDeps): Promise<boolean> {
  if (scopes.includes("send_all")) return true
  const { items } = await stores.reader.recipients({ messageId, limit: 1 })
  return items[0]?.type !== "all"
}
