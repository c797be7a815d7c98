import type { Bilingual } from "@wecom-push/protocol"
import { z } from "zod"
import { insufficientScope } from "../../../accept/acceptor.ts"
import { Problem } from "../../../problems/problem.ts"
import { RETRYABLE_STATES } from "../../../model/ports/dispatcher.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import { RECALL_RESULTS } from "../../../model/ports/recalls.ts"
import type { RecallProgress, RecallResult } from "../../../model/ports/recalls.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { heldMessage } from "../held-message.ts"
import { requireRights } from "../../kit/key-rights.ts"
import { messageState, noQuery, time } from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"

const params = z.object({ id: z.string() })
const emptyBody = z.strictObject({}).nullish()

/** Actions on a message that was accepted. */
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
        "Waits for calls under way. After the response 200, nothing more of the message is sent. A call whose response was lost is not repeated: its recipients end `in_doubt` with the reason `recalled_in_doubt`, and are not counted in `cancelled`. Recipients in a call that other messages share (`share_calls`) cannot be cancelled while the call is under way or its response is missing: 409 `shared_call` at once, and `detail` says how many others were cancelled.",
      params,
      querystring: noQuery,
      body: emptyBody,
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
        "Retrying `in_doubt` may show a member a second copy. Recipients that were `not_found` are looked up in WeCom again. A message to `all` also needs scope `send_all`.",
      params,
      querystring: noQuery,
      body: z.strictObject({ states: z.array(z.enum(RETRYABLE_STATES)).min(1).max(RETRYABLE_STATES.length) }),
      response: { 200: z.object({ id: z.string(), state: messageState, retried: z.int() }), ...problems },
    },
    handler: async (request) => {
      const key = keyOf(request)
      const { id, app: name } = await heldMessage(request.params.id, key, deps)
      requireRights(request, await maySee(id, key, deps), deps, insufficientScope(["send_all"]))
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
      summary: "Recall a message from the phones",
      description:
        "Cancels what has not been sent and recalls the rest, call by call, within 24 hours. For a message with more than ten calls or 10,000 recipients it answers 202 once the recall is on the disk; `GET` of the same path shows the progress, also after a crash. Another `POST` meanwhile joins the same recall.",
      params,
      querystring: noQuery,
      body: emptyBody,
      response: {
        200: z.object({
          id: z.string(),
          state: messageState,
          cancelled: z.int(),
          calls: z.array(
            z.object({
              call: z.int(),
              result: z.enum(RECALL_RESULTS),
              errcode: z.int().nullable(),
              errmsg: z.string().nullable(),
            }),
          ),
        }),
        202: recallProgress,
        ...problems,
      },
    },
    handler: async (request, reply) => {
      const key = keyOf(request)
      const { id, app: name, callCount } = await heldMessage(request.params.id, key, deps)
      const outcome = await dispatcher.recall(id)
      const audited = (detail: { cancelled: number; calls: number }): Promise<void> =>
        audit.write({
          key,
          peer: request.socket.remoteAddress,
          action: "message.recalled",
          target: id,
          apps: [name],
          detail,
        })
      if (outcome.kind === "recalling") {
        const { progress } = outcome
        await audited({ cancelled: progress.cancelled, calls: callCount })
        reply.code(202).header("location", `/v1/messages/${id}/recall`)
        return toProgress(id, callCount, progress)
      }
      if (outcome.kind !== "recalled") throw new Problem(outcome.kind)
      const { state, cancelled } = outcome
      const calls = outcome.calls.map(({ call, result, errcode, errmsg }) => ({
        call,
        result,
        errcode: errcode ?? null,
        errmsg: errmsg ?? null,
      }))
      await audited({ cancelled, calls: calls.length })
      reply.code(200)
      return { id, state, cancelled, calls }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/messages/:id/recall",
    config: { scopes: ["read"] },
    schema: {
      operationId: "getRecall",
      tags: ["messages"],
      summary: "Progress of the recall of a message with many calls",
      description: "404 if no recall was requested, or if the response to its `POST` had the whole result.",
      params,
      querystring: noQuery,
      response: { 200: recallProgress, ...problems },
    },
    handler: async (request) => {
      const { id, callCount } = await heldMessage(request.params.id, keyOf(request), deps)
      const progress = await deps.stores.recalls.progress(id)
      if (progress !== undefined) return toProgress(id, callCount, progress)
      throw new Problem("not_found", {
        detail: {
          en: "No recall of this message is under way or has been. One of up to ten calls is answered by its POST.",
          zh: "该消息没有正在进行或已完成的后台撤回；调用不超过十次的消息，撤回结果由 POST 直接返回。",
        },
      })
    },
  })
}

const recallProgress = z
  .object({
    id: z.string(),
    recall: z.enum(["under_way", "ended"]),
    asked_at: time,
    ended_at: time.nullable(),
    cancelled: z.int().describe("How many recipients were cancelled before anything was sent to them."),
    calls: z.object({
      total: z.int(),
      recalled: z.int(),
      refused: z.int(),
      expired: z.int(),
      in_flight: z.int(),
      unknown: z.int(),
      unreachable: z.int(),
      not_supported: z.int().describe("Calls to group chats, which WeCom cannot recall."),
    }),
  })
  .describe("`calls` counts calls by result. Calls that reached no recipient are only in `total`.")

function toProgress(id: string, total: number, progress: RecallProgress): z.input<typeof recallProgress> {
  const { askedAt, endedAt, cancelled, results } = progress
  const count = (result: RecallResult): number => results[result] ?? 0
  return {
    id,
    recall: endedAt === undefined ? "under_way" : "ended",
    asked_at: new Date(askedAt).toISOString(),
    ended_at: endedAt === undefined ? null : new Date(endedAt).toISOString(),
    cancelled,
    calls: {
      total,
      recalled: count("recalled"),
      refused: count("refused"),
      expired: count("expired"),
      in_flight: count("in_flight"),
      unknown: count("unknown"),
      unreachable: count("unreachable"),
      not_supported: count("not_supported"),
    },
  }
}

function notCancelled(others: number): Bilingual {
  return {
    en: `${others} recipients were cancelled. The others are in a call that other messages share; it is under way or its answer is missing, so it may arrive`,
    zh: `已取消 ${others} 个接收人，其余接收人在与其他消息合并的调用中；该调用正在进行或应答丢失，可能仍会送达`,
  }
}

/**
 * A key that may not send to everybody may not retry such a message of another key either. `all` is always the only
 * recipient of a message.
 */
async function maySee(messageId: string, { scopes }: KeyRecord, { stores }: HttpDeps): Promise<boolean> {
  if (scopes.includes("send_all")) return true
  const { items } = await stores.reader.recipients({ messageId, limit: 1 })
  return items[0]?.type !== "all"
}
