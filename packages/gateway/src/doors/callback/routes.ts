import type { FastifyReply, FastifyRequest } from "fastify"
import { z } from "zod"
import { Problem } from "../../problems/problem.ts"
import { MAX_CALLBACK_BYTES, Receivers } from "./receivers.ts"
import type { HttpDeps } from "../kit/deps.ts"
import { answerFailure, problemOf } from "../kit/failures.ts"
import { problems } from "../kit/problem-document.ts"
import type { App } from "../kit/app.ts"

const params = z.object({ app: z.string() })

const signed = {
  msg_signature: z.string().optional(),
  timestamp: z.string().optional().describe("Seconds since 1970; must be within 5 minutes of the gateway's clock."),
  nonce: z.string().optional(),
}

/** The paths at which WeCom calls the apps back. They need no key, since each request is signed with the app's own. */
export function callbackRoutes(deps: HttpDeps): (app: App) => Promise<void> {
  const { stores, apps, log, now } = deps
  return async (app) => {
    const receivers = new Receivers({ ...stores, directory: apps, log, now })
    app.addHook("onClose", async () => receivers[Symbol.dispose]())
    readAnyBody(app)
    app.setErrorHandler((error, request, reply) => {
      const isDelivery = request.method === "POST"
      if (isDelivery && problemOf(error).status >= 500) return hangUp(deps, error, request, reply)
      return answerFailure(deps, error, request, reply)
    })

    const answer = async (request: FastifyRequest, reply: FastifyReply, name: string): Promise<string | undefined> => {
      const receiver = await receivers.of(name)
      if (receiver === undefined) throw new Problem("not_found")
      const { method, body, raw } = request
      const { status, headers, ...answered } = await receiver.receive({
        method,
        query: queryOf(raw.url ?? ""),
        readBody: () => Promise.resolve(body instanceof Uint8Array ? Buffer.from(body).toString("utf8") : ""),
      })
      void answered.afterwards()
      if (status >= 500) throw new Problem("storage_error")
      if (status !== 200) throw new Problem("callback_refused")
      reply.headers({ ...headers })
      return answered.body
    }

    app.route({
      method: "GET",
      url: "/:app",
      exposeHeadRoute: false,
      schema: {
        operationId: "verifyCallbackUrl",
        tags: ["callbacks"],
        summary: "WeCom's check when the callback URL is saved in the admin console",
        description: "Returns the decrypted `echostr`. A request without WeCom's signature gets no information.",
        params,
        querystring: z.looseObject({ ...signed, echostr: z.string().optional() }),
        response: {
          200: { description: "The text.", content: { "text/plain": { schema: z.string() } } },
          ...problems,
        },
      },
      handler: (request, reply) => answer(request, reply, request.params.app),
    })

    app.route({
      method: "POST",
      url: "/:app",
      bodyLimit: MAX_CALLBACK_BYTES,
      config: { takesBodyOfAnybody: true },
      onRequest: async (request) => {
        if ((await receivers.of(request.params.app)) === undefined) throw new Problem("not_found")
      },
      schema: {
        operationId: "receiveCallback",
        tags: ["callbacks"],
        summary: "WeCom's callbacks about the app's members",
        description:
          "Stored on the disk before the response, and an event on `/v1/events`. A repeated delivery is one event. The body is WeCom's encrypted XML, at most 256 KiB.",
        params,
        querystring: z.looseObject(signed),
        response: { 200: { description: "Empty.", content: { "text/plain": { schema: z.string() } } }, ...problems },
      },
      handler: (request, reply) => answer(request, reply, request.params.app),
    })
  }
}

/** Reads bodies as bytes, whatever their type: only signed bodies are parsed. */
function readAnyBody(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body))
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.headers["content-type"] !== undefined) request.headers["content-type"] = "application/octet-stream"
    done()
  })
}

function queryOf(url: string): URLSearchParams {
  const at = url.indexOf("?")
  return new URLSearchParams(at === -1 ? "" : url.slice(at + 1))
}

/**
 * Closes the connection of a delivery that failed on our side. WeCom's documents disagree on whether it repeats a delivery
 * that was answered by an error; but they agree that it repeats one whose connection broke.
 */
function hangUp({ log }: HttpDeps, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { code } = problemOf(error)
  if (code === "internal_error") log.error({ err: error, requestId: request.id }, "a request failed")
  reply.hijack()
  reply.raw.destroy()
}
