import type { ServerResponse } from "node:http"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { SCOPES } from "../../model/ports/keys.ts"
import type { DoorAnswer, DoorQuestion, DoorStream } from "./gateway-door.ts"
import { MCP_USER_AGENT } from "../kit/mcp-user-agent.ts"
import { keyOf } from "../kit/authenticate.ts"
import type { HttpDeps } from "../kit/deps.ts"
import { languageOf } from "../kit/language.ts"
import { requireOwnName } from "../kit/own-names.ts"
import type { App } from "../kit/app.ts"
import type { FastifyRequest } from "fastify"

/** Enough for a thousand recipients and a text. */
const BODY_BYTES = 256 * 1024

/**
 * The Model Context Protocol by streamable HTTP, without sessions: nothing is remembered from one request to the next, so
 * that any gateway on the database can answer. The requests of tools go through the routes beside this one, each as a
 * request of its own with the same key.
 */
export function mcpRoutes(app: App, { mcp, now }: HttpDeps): void {
  app.route({
    method: "POST",
    url: "/mcp",
    bodyLimit: BODY_BYTES,
    config: { scopes: SCOPES, via: "mcp", takesBytes: true },
    schema: { hide: true },
    onRequest: (request, _reply, done) => {
      requireOwnName(request.headers, mcp.hosts)
      done()
    },
    handler: async (request, reply) => {
      // Loaded here, so that a gateway without such requests does not load it.
      const { answerOverHttp } = await import("./answer-over-http.ts")
      const left = new AbortController()
      reply.raw.once("close", () => left.abort())
      const { status, headers, body } = await answerOverHttp({
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        headers: request.headers,
        signal: left.signal,
        door: {
          ask: (question) => askWithin(app, request, question),
          events: (after, signal) => followWithin(app, request, after, signal),
        },
        language: languageOf(request.headers["accept-language"]),
        confirming: { secret: mcp.masterKey, keyId: keyOf(request).id, now },
      })
      return reply.code(status).headers(headers).send(body)
    },
  })
}

async function askWithin(
  app: App,
  request: FastifyRequest,
  { method, path, body, idempotencyKey }: DoorQuestion,
): Promise<DoorAnswer> {
  const answer = await app.inject({
    method,
    url: path,
    remoteAddress: request.socket.remoteAddress ?? "",
    headers: {
      ...headersFor(request),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
  const { statusCode: status, headers: given } = answer
  return { status, body: readJson(answer.payload), isReplayed: given["idempotent-replayed"] === "true" }
}

async function followWithin(
  app: App,
  request: FastifyRequest,
  after: string | undefined,
  signal: AbortSignal,
): Promise<DoorStream> {
  const answer = await app.inject({
    method: "GET",
    url: "/v1/events",
    payloadAsStream: true,
    remoteAddress: request.socket.remoteAddress ?? "",
    headers: {
      ...headersFor(request),
      accept: "text/event-stream",
      ...(after === undefined ? {} : { "last-event-id": after }),
    },
  })
  const stream = answer.stream()
  if (answer.statusCode === 200) return { text: textOf(stream, answer.raw.res, signal) }
  return { refusal: { status: answer.statusCode, body: readJson(await text(stream)), isReplayed: false } }
}

async function* textOf(stream: Readable, response: ServerResponse, signal: AbortSignal): AsyncGenerator<string> {
  // The route notices only by its answer that the reader has left.
  const end = (): void => void response.destroy()
  signal.addEventListener("abort", end, { once: true })
  if (signal.aborted) end()
  try {
    for await (const piece of stream.setEncoding("utf8") as AsyncIterable<string>) yield piece
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener("abort", end)
    end()
  }
}

/** Headers that say whose request it is, and how it came. */
function headersFor({ headers, id }: FastifyRequest): Record<string, string> {
  const { authorization, host } = headers
  const language = headers["accept-language"]
  const { traceparent, tracestate } = headers
  return {
    "user-agent": MCP_USER_AGENT,
    "x-request-id": id,
    ...(authorization === undefined ? {} : { authorization }),
    ...(typeof traceparent === "string" && { traceparent }),
    ...(typeof tracestate === "string" && { tracestate }),
    ...(host === undefined ? {} : { host }),
    ...(language === undefined ? {} : { "accept-language": language }),
  }
}

function readJson(text: string): unknown {
  return text === "" ? undefined : JSON.parse(text)
}
