import { z } from "zod"
import { LARGE_BODY_BYTES } from "../../../accept/large-body-reader.ts"
import { readIdempotencyKey } from "../../../accept/idempotency-key.ts"
import { prepareMessage } from "../../../accept/prepare.ts"
import type { PreparedMessage } from "../../../accept/prepare.ts"
import { Problem } from "../../../problems/problem.ts"
import { readJson } from "../../../accept/read-json.ts"
import type { KeyRecord } from "../../../model/ports/keys.ts"
import type { AppScope, MessageSummary } from "../../../model/ports/reader.ts"
import { keyOf } from "../../kit/authenticate.ts"
import type { HttpDeps } from "../../kit/deps.ts"
import { heldMessage } from "../held-message.ts"
import { linkNext } from "../link-next.ts"
import {
  acceptedAnswer,
  attemptView,
  DEFAULT_PAGE_LIMIT,
  messageRequest,
  messageDetail,
  messageState,
  messageView,
  noQuery,
  pageOf,
  pageQuery,
  recipientState,
  recipientView,
} from "../schemas.ts"
import { problems } from "../../kit/problem-document.ts"
import type { App } from "../../kit/app.ts"
import { traceFields, traceOf } from "../../kit/trace-of.ts"
import { delayOfMessage, delayOfRecipient, NO_STANDSTILL, standstillOf } from "../standstill.ts"
import type { Delay, Standstill } from "../standstill.ts"
import { rfc3339 } from "../../kit/time-parameter.ts"
import { viewOfAttempt, viewOfDelay, viewOfMessage, viewOfPage, viewOfRecipient, viewOfWarnings } from "../views.ts"

const idParams = z.object({ id: z.string() })

/** Accepting messages, and reporting their outcomes. */
export function messageRoutes(app: App, deps: HttpDeps): void {
  const { stores, now, limits } = deps

  app.route({
    method: "POST",
    url: "/v1/messages",
    bodyLimit: limits.bodyBytes,
    config: { scopes: ["send"], takesBytes: true },
    schema: {
      operationId: "sendMessage",
      tags: ["messages"],
      summary: "Accept a message",
      description:
        "202 means that the message is on the disk. Without a response the result is unknown: send the request again with the same Idempotency-Key. Within 72 hours this returns the same message.",
      querystring: noQuery,
      headers: z.looseObject({
        "idempotency-key": z.string().optional().describe("1 to 255 visible ASCII characters, with or without quotes."),
        ...traceFields,
      }),
      body: messageRequest,
      response: { 202: acceptedAnswer, ...problems },
    },
    handler: async (request, reply) => {
      const key = keyOf(request)
      const at = now()
      const prepared = await prepare(bytesOf(request.body), request.headers["idempotency-key"], { at, key }, deps)
      const accepted = await deps.acceptor.accept(prepared, key, at, traceOf(request))
      reply.code(202).header("location", `/v1/messages/${accepted.id}`)
      if (accepted.replayed) reply.header("idempotent-replayed", "true")
      const { id, state, recipientCount: recipients, warnings } = accepted
      return { id, state, recipients, ...viewOfWarnings(warnings, request.headers["accept-language"]) }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/messages",
    config: { scopes: ["read"] },
    schema: {
      operationId: "listMessages",
      tags: ["messages"],
      summary: "List messages, newest first",
      querystring: z.strictObject({
        state: messageState.optional(),
        app: z.string().max(64).optional(),
        since: rfc3339.optional().describe("Accepted at or after this time."),
        ...pageQuery,
      }),
      response: { 200: pageOf(messageView), ...problems },
    },
    handler: async (request, reply) => {
      const { state, app: name, since, limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const page = await stores.reader.messages({
        apps: await scopeOf(keyOf(request), name, deps),
        now: now(),
        limit,
        ...(state === undefined ? {} : { state }),
        ...(since === undefined ? {} : { since }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      const apps = [...new Set(page.items.map((item) => item.app))]
      const standstills = new Map(
        await Promise.all(apps.map(async (one) => [one, await standstillOf(one, deps)] as const)),
      )
      const view = viewOfPage(page, (item) => viewOfMessage(item, standstills.get(item.app) ?? NO_STANDSTILL, now()))
      linkNext(request, reply, view)
      return view
    },
  })

  app.route({
    method: "GET",
    url: "/v1/messages/:id",
    config: { scopes: ["read"] },
    schema: {
      operationId: "getMessage",
      tags: ["messages"],
      summary: "One message",
      params: idParams,
      querystring: noQuery,
      response: { 200: messageDetail, ...problems },
    },
    handler: async (request) => {
      const message = await heldMessage(request.params.id, keyOf(request), deps)
      const standstill = await standstillOf(message.app, deps)
      const delay = viewOfDelay(await delayOf(message, standstill, deps))
      const warnings = viewOfWarnings(message.warnings, request.headers["accept-language"])
      const { partCount: total, partsSent: sent } = message
      const parts = total === 1 ? null : { total, sent }
      return { ...viewOfMessage(message, standstill, now()), delay, parts, ...warnings }
    },
  })

  app.route({
    method: "GET",
    url: "/v1/messages/:id/recipients",
    config: { scopes: ["read"] },
    schema: {
      operationId: "listRecipients",
      tags: ["messages"],
      summary: "The result of each recipient, in the order in which they were named",
      params: idParams,
      querystring: z.strictObject({ state: recipientState.optional(), ...pageQuery }),
      response: { 200: pageOf(recipientView), ...problems },
    },
    handler: async (request, reply) => {
      const { state, limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const message = await heldMessage(request.params.id, keyOf(request), deps)
      const { id: messageId } = message
      const delay = delayOfMessage(message, await standstillOf(message.app, deps), now())
      const page = await stores.reader.recipients({
        messageId,
        limit,
        ...(state === undefined ? {} : { state }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      const view = viewOfPage(page, (item) => viewOfRecipient(item, { app: message.app, delay }, now()))
      linkNext(request, reply, view)
      return view
    },
  })

  app.route({
    method: "GET",
    url: "/v1/messages/:id/attempts",
    config: { scopes: ["read"] },
    schema: {
      operationId: "listAttempts",
      tags: ["messages"],
      summary: "Each attempt of each call to WeCom",
      params: idParams,
      querystring: z.strictObject(pageQuery),
      response: { 200: pageOf(attemptView), ...problems },
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_PAGE_LIMIT, cursor } = request.query
      const { id: messageId } = await heldMessage(request.params.id, keyOf(request), deps)
      const page = await stores.reader.attempts({ messageId, limit, ...(cursor === undefined ? {} : { cursor }) })
      const view = viewOfPage(page, viewOfAttempt)
      linkNext(request, reply, view)
      return view
    },
  })
}

/** The reason why all recipients wait, or else that of one of the first pending recipients. */
async function delayOf(message: MessageSummary, standstill: Standstill, deps: HttpDeps): Promise<Delay | undefined> {
  const { stores, now } = deps
  const ofAll = delayOfMessage(message, standstill, now())
  if (ofAll !== undefined || message.counts.pending === 0) return ofAll
  const first = await stores.reader.recipients({ messageId: message.id, state: "pending", limit: FIRST_PENDING })
  for (const recipient of first.items) {
    const delay = delayOfRecipient(recipient, undefined, now())
    if (delay !== undefined) return delay
  }
  return undefined
}

const FIRST_PENDING = 100

async function prepare(
  bytes: Buffer,
  header: string | readonly string[] | undefined,
  { at, key }: { readonly at: number; readonly key: KeyRecord },
  { largeBodies, apps }: HttpDeps,
): Promise<PreparedMessage> {
  if (typeof header === "object") throw new Problem("invalid_idempotency_key")
  const idempotencyKey = header === undefined ? undefined : readIdempotencyKey(header)
  const known = apps.kindsFor(key)
  const kinds = known instanceof Promise ? await known : known
  const options = { now: at, idempotencyKey, inBatch: false, kinds }
  if (bytes.length >= LARGE_BODY_BYTES) return largeBodies.prepare(bytes, options, key.client)
  return prepareMessage(readJson(bytes), options)
}

/** @throws {Problem} `body_missing` */
function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  throw new Problem("body_missing")
}

async function scopeOf(key: KeyRecord, name: string | undefined, { apps }: HttpDeps): Promise<AppScope> {
  if (name === undefined) return key.apps
  return [await apps.heldApp(key, name, { path: "app" })]
}
