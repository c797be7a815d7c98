import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import { API_PREFIX } from "./api/apis.ts"
import { openCall, perform, refuseCall, type ApiRequest } from "./api/perform.ts"
import { controlRoutes } from "./control/control-routes.ts"
import { applyFault } from "./faults/apply-fault.ts"
import { FaultQueue } from "./faults/fault-queue.ts"
import { isJsonObject, type JsonObject } from "./json.ts"
import type { HttpAnswer } from "./http-answer.ts"
import type { World } from "./world.ts"

/** 100,000 members take some 20 MB. */
const MAX_BODY_BYTES = 128 * 1024 * 1024
const NO_BODY = Buffer.alloc(0)
const NO_QUERY: JsonObject = {}

/** The HTTP side of a world: WeCom's API under `/cgi-bin`, its control paths, its phones. */
export function buildServer(world: World, closing: AbortSignal): FastifyInstance {
  const server = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, exposeHeadRoutes: false })
  const faults = new FaultQueue()
  readBodiesAsBytes(server)
  server.all(`${API_PREFIX}*`, (request, reply) => answerApi(world, faults, closing, request, reply))
  controlRoutes(server, world, { onReset: () => faults.clear() })
  return server
}

/** Clients name all sorts of content types for JSON, or none; what a body is, its reader decides. */
function readBodiesAsBytes(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body))
}

function answerApi(
  world: World,
  faults: FaultQueue,
  closing: AbortSignal,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | Promise<void> {
  const apiRequest = readRequest(request)
  const record = openCall(world, apiRequest)
  const fault = faults.take(apiRequest.path, apiRequest.raw)
  if (fault === undefined) return send(reply, perform(world, apiRequest, record))

  record.fault = fault.kind
  return applyFault(fault, {
    reply,
    url: request.url,
    closing,
    act: () => perform(world, apiRequest, record),
    refuse: (errcode, members) => refuseCall(world, apiRequest, record, errcode, members),
  })
}

function readRequest(request: FastifyRequest): ApiRequest {
  const path = request.url.slice(API_PREFIX.length)
  const queryAt = path.indexOf("?")
  return {
    verb: request.method,
    path: queryAt < 0 ? path : path.slice(0, queryAt),
    query: isJsonObject(request.query) ? request.query : NO_QUERY,
    raw: Buffer.isBuffer(request.body) ? request.body : NO_BODY,
    ip: plainAddress(request.ip),
  }
}

/** An IPv4 caller of a server that listens on IPv6 too. */
function plainAddress(ip: string): string {
  return ip.startsWith("::ffff:") ? ip.slice("::ffff:".length) : ip
}

function send(reply: FastifyReply, answer: HttpAnswer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body)
}
