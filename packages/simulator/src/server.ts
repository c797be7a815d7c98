import multipart from "@fastify/multipart"
import { apiTarget } from "@wecom-push/protocol"
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import { API_PREFIX, UPLOAD_APIS } from "./api/apis.ts"
import { openCall, perform, refuseCall, type ApiRequest } from "./api/perform.ts"
import { serveBots } from "./bots/bot-server.ts"
import { sayRoutes } from "./bots/say-routes.ts"
import { callbackRoutes } from "./callbacks/callback-routes.ts"
import { controlProblem } from "./control/bad-field.ts"
import { controlRoutes } from "./control/control-routes.ts"
import { refuseForeignCallers, type ControlReach } from "./control/foreign-callers.ts"
import { applyFault } from "./faults/apply-fault.ts"
import type { FaultQueue } from "./faults/fault-queue.ts"
import { faultRoutes } from "./faults/fault-routes.ts"
import type { HttpAnswer } from "./http-answer.ts"
import { InFlight } from "./in-flight.ts"
import { isJsonObject, type JsonObject } from "./json.ts"
import type { CallRecord } from "./ledger.ts"
import { mediaRoutes } from "./media/media-routes.ts"
import { readUpload, summaryOf, UPLOAD_FORM } from "./media/read-upload.ts"
import { phoneRoutes } from "./phones/phone-routes.ts"
import { plainAddress } from "./plain-address.ts"
import type { World } from "./world.ts"

export interface ServerOptions {
  /** Whom control paths and phones answer. */
  readonly controlReach: ControlReach
  /** Aborts when the simulator closes: nothing waits past it. */
  readonly closing: AbortSignal
}

/** 100,000 members take some 20 MB. */
const MAX_BODY_BYTES = 128 * 1024 * 1024
const NO_BODY = Buffer.alloc(0)
const NO_QUERY: JsonObject = {}

/** The HTTP side of a world: WeCom's API under `/cgi-bin`, its control paths, its phones. */
export function buildServer(world: World, faults: FaultQueue, options: ServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    rewriteUrl: ({ url = "/" }) => apiTarget(url),
  })
  readBodiesAsBytes(server)
  answerMistakes(server)
  apiRoutes(server, world, faults, options.closing)
  serveBots(server, world, faults, options.closing)
  void server.register((control, _options, done) => {
    refuseForeignCallers(control, options.controlReach)
    controlRoutes(control, world, { onReset: () => faults.clear() })
    faultRoutes(control, faults)
    callbackRoutes(control, world)
    sayRoutes(control, world)
    phoneRoutes(control, world)
    mediaRoutes(control, world)
    done()
  })
  return server
}

/** Clients name all sorts of content types for JSON, ill-formed ones too, or none; the code that reads a body decides. */
function readBodiesAsBytes(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body))
  server.addHook("onRequest", (request, _reply, done) => {
    const type = request.headers["content-type"]
    if (type !== undefined && !isUpload(request.url, type)) request.headers["content-type"] = "application/octet-stream"
    done()
  })
}

function isUpload(url: string, contentType: string): boolean {
  return /^multipart\/form-data\b/i.test(contentType) && UPLOAD_URL.test(url)
}

const UPLOAD_URL = new RegExp(`^${API_PREFIX}(?:${UPLOAD_APIS.join("|")})(?:\\?|$)`)

function answerMistakes(server: FastifyInstance): void {
  server.setNotFoundHandler((request, reply) => {
    if (request.url.startsWith(API_PREFIX)) return reply.code(404).send()
    const problem = { en: "is not a path of the simulator", zh: "不是模拟器的路径" }
    return reply.code(404).send(controlProblem([{ path: request.url.split("?")[0] ?? "", problem }]))
  })
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 413 && request.url.startsWith(API_PREFIX)) {
      return reply.send({ errcode: 40206, errmsg: "request body too large" })
    }
    return reply.code(status).send({ error: error.message })
  })
}

function apiRoutes(server: FastifyInstance, world: World, faults: FaultQueue, closing: AbortSignal): void {
  const inFlight = new InFlight()

  server.all(`${API_PREFIX}*`, (request, reply) => handle(readRequest(request), request, reply))

  void server.register((uploads, _options, done) => {
    void uploads.register(multipart, UPLOAD_FORM)
    for (const api of UPLOAD_APIS) {
      uploads.post(API_PREFIX + api, async (request, reply) => {
        const upload = request.isMultipart() ? await readUpload(request) : undefined
        await handle({ ...readRequest(request), raw: summaryOf(upload), upload }, request, reply)
        return reply
      })
    }
    done()
  })

  function handle(
    apiRequest: ApiRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply | Promise<FastifyReply | void> {
    const record = openCall(world, apiRequest)
    const { concurrent_calls: limit } = world.settings.limits
    if (limit !== null) return answerWithin(limit, apiRequest, record, request, reply)
    return answer(apiRequest, record, request, reply)
  }

  async function answerWithin(
    limit: number,
    apiRequest: ApiRequest,
    record: CallRecord,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const count = inFlight.enter(apiRequest.path)
    reply.raw.once("close", () => inFlight.leave(apiRequest.path))
    // A call takes no time here; those that arrive together overlap because each waits for the others to be read.
    await new Promise(setImmediate)
    if (count > limit) send(reply, refuseCall(world, apiRequest, record, 45033, {}))
    else await answer(apiRequest, record, request, reply)
  }

  function answer(
    apiRequest: ApiRequest,
    record: CallRecord,
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply | Promise<void> {
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
}

function readRequest(request: FastifyRequest): ApiRequest {
  const path = request.url.slice(API_PREFIX.length)
  const queryAt = path.indexOf("?")
  return {
    // HEAD is a GET without a body in its answer.
    verb: request.method === "HEAD" ? "GET" : request.method,
    path: queryAt < 0 ? path : path.slice(0, queryAt),
    query: isJsonObject(request.query) ? request.query : NO_QUERY,
    raw: Buffer.isBuffer(request.body) ? request.body : NO_BODY,
    ip: plainAddress(request.ip),
    origin: `http://${request.host}`,
    range: request.headers.range,
  }
}

function send(reply: FastifyReply, answer: HttpAnswer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body)
}
