import multipart from "@fastify/multipart"
import { JSON_REPAIRS, unservedPath } from "@wecom-push/protocol"
import type { FastifyReply, FastifyRequest } from "fastify"
import { Problem } from "../../problems/problem.ts"
import { PROBLEMS } from "../../problems/problem-catalogue.ts"
import type { HttpDeps } from "../kit/deps.ts"
import { problemOf, sendText } from "../kit/failures.ts"
import type { App } from "../kit/app.ts"
import { BYTES_TYPE, readBytesOfAnyType } from "../kit/bytes-of-any-type.ts"
import { LIST_BODY_BYTES, SMALL_BODY_BYTES } from "../kit/body-limits.ts"
import type { TokenBuckets } from "../kit/token-bucket.ts"
import { agentGet } from "./agent-get.ts"
import type { CompatAnswer } from "./answer.ts"
import { callerOf } from "./callers.ts"
import type { Caller } from "./callers.ts"
import { createChat, getChat, updateChat } from "./chats/chats.ts"
import { CompatRequest } from "./compat-request.ts"
import type { CompatDeps, CompatHttpDeps } from "./deps.ts"
import { headerText, ownErrmsg, withJsonWarning } from "./errmsg.ts"
import { forward } from "./forward/forward.ts"
import { isForwarded } from "./forward/forwarded-answer.ts"
import { GatewayTokens } from "./gateway-tokens.ts"
import { getToken } from "./get-token.ts"
import { getUserid, getUseridByEmail } from "./look-up.ts"
import { uploadMedia, UPLOAD_FORM } from "./media/upload.ts"
import { Pauses } from "./pauses.ts"
import { recall } from "./recall.ts"
import { Refusal } from "./refusal.ts"
import { sendMessage, sendToChat } from "./send/send-message.ts"
import { updateCard } from "./update-card.ts"
import { updateTaskCard } from "./update-task-card.ts"

declare module "fastify" {
  interface FastifyRequest {
    /** The caller of a qyapi path; null until it was let in. */
    caller: Caller | null
  }
}

interface Api {
  readonly verb: "GET" | "POST"
  /** The errcode for a wrong verb. */
  readonly wrongVerb: number
  readonly handle: (
    compat: CompatDeps,
    caller: Caller,
    call: CompatRequest,
    request: FastifyRequest,
  ) => Promise<CompatAnswer>
}

/** The APIs that need a token, by their path below `/cgi-bin`. */
const APIS: Readonly<Record<string, Api>> = {
  "/message/send": { verb: "POST", wrongVerb: 40058, handle: sendMessage },
  "/appchat/send": { verb: "POST", wrongVerb: 40058, handle: sendToChat },
  "/appchat/create": { verb: "POST", wrongVerb: 40058, handle: createChat },
  "/appchat/update": { verb: "POST", wrongVerb: 40058, handle: updateChat },
  "/appchat/get": { verb: "GET", wrongVerb: 40058, handle: getChat },
  "/message/recall": { verb: "POST", wrongVerb: 40058, handle: recall },
  "/message/update_template_card": { verb: "POST", wrongVerb: 40058, handle: updateCard },
  "/message/update_taskcard": { verb: "POST", wrongVerb: 40058, handle: updateTaskCard },
  "/user/getuserid": { verb: "POST", wrongVerb: 40003, handle: getUserid },
  "/user/get_userid_by_email": { verb: "POST", wrongVerb: 40003, handle: getUseridByEmail },
  "/agent/get": { verb: "GET", wrongVerb: 40058, handle: agentGet },
}

/**
 * The paths of qyapi, for programs that speak to WeCom today. They are below a prefix of their own, and their answers
 * contain nothing of ours.
 * @param rate the request rate of each key, shared by all doors
 */
export function compatRoutes(deps: CompatHttpDeps, rate: TokenBuckets): (app: App) => Promise<void> {
  return async (app) => {
    const compat = openCompat(deps, app)
    readAnyBody(app)
    app.decorateRequest("caller", null)
    const answerUnknown = unknownPaths(deps)
    app.setNotFoundHandler(answerUnknown)
    // Without this, the framework would read the body before it calls the handler.
    app.addHook("onRequest", (request, reply, done) => {
      if (request.is404) answerUnknown(request, reply)
      else done()
    })
    const fail = (error: unknown, exchange: Exchange): FastifyReply => {
      const retryAfterSeconds = error instanceof Refusal ? undefined : problemOf(error).retryAfterSeconds
      if (retryAfterSeconds !== undefined) exchange.reply.header("retry-after", String(retryAfterSeconds))
      return send(exchange, answerFailure(deps, error, exchange.request))
    }
    app.setErrorHandler((error, request, reply) => fail(error, { request, reply }))

    /** @param admit refuses before the body is read */
    const route = (
      url: string,
      admit: (request: FastifyRequest) => Promise<void>,
      answer: (call: CompatRequest, request: FastifyRequest) => Promise<CompatAnswer>,
      scope = app,
    ): void => {
      const answered: typeof answer = async (call, request) => {
        try {
          return await answer(call, request)
        } finally {
          logRepairs(deps, call, request)
        }
      }
      scope.route({
        ...forRoute(url),
        onRequest: admit,
        handler: async (request, reply) => {
          const call = readCall(request)
          try {
            // oxlint-disable-next-line typescript/return-await -- a reply that can be waited for, and needs not
            return send({ request, reply, call }, await answered(call, request))
          } catch (error) {
            return fail(error, { request, reply, call })
          }
        },
      })
    }
    route(GET_TOKEN, admitAnybody, (call) => getToken(compat, call))
    const admitCaller = async (request: FastifyRequest): Promise<void> => {
      const call = readCall(request)
      const caller = await callerOf(call, compat)
      request.key = caller.key
      compat.audit.used(caller.key, call.peer)
      const { waitSeconds } = rate.take(caller.key.client, deps.now())
      if (waitSeconds > 0) throw new Refusal(45009, `this key sends too many requests; wait ${waitSeconds} s`)
      request.caller = caller
    }
    const routeApi = (path: string, { verb, wrongVerb, handle }: Api, scope?: App): void => {
      const admit = async (request: FastifyRequest): Promise<void> => {
        if (verbOf(request) !== verb) throw new Refusal(wrongVerb, `this is a ${verb}`)
        await admitCaller(request)
      }
      route(path, admit, async (call, request) => handle(compat, admitted(request), call, request), scope)
    }
    for (const [path, api] of Object.entries(APIS)) routeApi(path, api)
    await app.register(async (scope: App) => {
      await scope.register(multipart, UPLOAD_FORM)
      routeApi(UPLOAD, { verb: "POST", wrongVerb: 40058, handle: uploadMedia }, scope)
    })
    await app.register(async (scope: App) => {
      // Bodies are passed on as they come.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload))
      scope.route({
        ...forRoute(ANY_PATH),
        onRequest: admitCaller,
        handler: async (request, reply) => {
          const call = readCall(request)
          try {
            const answer = await forward(compat, admitted(request), call, { request, reply, served: SERVED })
            if (!isForwarded(answer)) return await send({ request, reply, call }, answer)
            return await reply.code(answer.status).headers(answer.headers).send(answer.body)
          } catch (error) {
            return fail(error, { request, reply, call })
          }
        },
      })
    })
  }
}

/** WeCom's own 404 is empty, and so is ours. A header and the log say what to do. */
function unknownPaths({ log }: HttpDeps): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (request, reply) => {
    const advice = unservedPath(request.url, SERVED, "WeCom's API knows GET and POST alone")
    log.info({ requestId: request.id, method: request.method, advice }, "unknown path below /cgi-bin/")
    return sendText("", request, reply.code(404).header("error-msg", advice))
  }
}

/** @throws if no caller was let in, which is a fault of ours */
function admitted({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error("a call without a caller was let in")
  return caller
}

async function admitAnybody(request: FastifyRequest): Promise<void> {
  const verb = verbOf(request)
  if (verb !== "GET" && verb !== "POST") throw new Refusal(40058)
}

/** HEAD is a GET whose answer has no body. */
function verbOf({ method }: FastifyRequest): string {
  return method === "HEAD" ? "GET" : method
}

/** The path that needs no token. */
const GET_TOKEN = "/gettoken"
/** The path that takes a form. */
const UPLOAD = "/media/upload"

/** Other paths are passed on to WeCom, or refused with WeCom's errcode. */
const ANY_PATH = "/*"
const SERVED = [GET_TOKEN, ...Object.keys(APIS), UPLOAD].map((path) => path.slice(1))

// WeCom answers a wrong verb by errcode, so our code looks at the verbs.
const VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
/** A file and the fields beside it, which are read piece by piece. Not meant for a list of all members. */
const MAX_UPLOAD_BYTES = 64 * 1024 * 1024
const BODY_LIMITS: Readonly<Record<string, number>> = {
  // Two short texts.
  [GET_TOKEN]: 4 * 1024,
  // Eight articles of 666 K each.
  "/message/send": 8 * 1024 * 1024,
  "/appchat/send": 8 * 1024 * 1024,
  "/appchat/create": LIST_BODY_BYTES,
  "/appchat/update": LIST_BODY_BYTES,
  "/message/update_template_card": LIST_BODY_BYTES,
  "/message/update_taskcard": LIST_BODY_BYTES,
  [UPLOAD]: MAX_UPLOAD_BYTES,
  [ANY_PATH]: MAX_UPLOAD_BYTES,
}

function forRoute(url: string) {
  const config = { takesForm: url === UPLOAD || url === ANY_PATH, takesBodyOfAnybody: url === GET_TOKEN }
  const bodyLimit = BODY_LIMITS[url] ?? SMALL_BODY_BYTES
  return { method: VERBS, url, bodyLimit, exposeHeadRoute: false, schema: { hide: true }, config }
}

function openCompat(deps: CompatHttpDeps, app: App): CompatDeps {
  const { stores, dispatcher, acceptor, apps, largeBodies, files, cards, keyRing, audit, metrics, log, now } = deps
  const pauses = new Pauses(stores.events)
  app.addHook("onClose", async () => pauses[Symbol.dispose]())
  const tokens = new GatewayTokens({ tokens: stores.tokens, keyRing, now })
  const parts = { stores, dispatcher, acceptor, apps, largeBodies, files, cards, keyRing, audit, metrics, log, now }
  return { ...parts, tokens, pauses }
}

/** Clients send all sorts of content types with JSON, some of them invalid, or none. */
function readAnyBody(app: App): void {
  readBytesOfAnyType(app)
  app.addHook("onRequest", (request, _reply, done) => {
    const { takesForm } = request.routeOptions.config
    if (takesForm !== true && request.headers["content-type"] !== undefined)
      request.headers["content-type"] = BYTES_TYPE
    done()
  })
}

function readCall(request: FastifyRequest): CompatRequest {
  const { query, body, socket } = request
  const raw = body instanceof Uint8Array ? body : NO_BODY
  return new CompatRequest({ verb: verbOf(request), query, raw, peer: socket.remoteAddress })
}

const NO_BODY = new Uint8Array()

function answerFailure({ log, audit }: HttpDeps, error: unknown, request: FastifyRequest): CompatAnswer {
  const { id: requestId, key } = request
  const route = request.routeOptions.url ?? ""
  const refusal = refusalOf(error, request.routeOptions.bodyLimit)
  const { errcode, explanation } = refusal
  const isForeseen = refusal.cause === undefined || refusal.cause instanceof Problem
  if (!isForeseen) log.error({ err: error, requestId }, "a request failed")
  log.info({ requestId, route, errcode, key: key?.id }, "request refused")
  if (key !== null && REFUSED_BY_KEY.has(errcode)) {
    const target = `${request.method} ${route}`
    audit.denied({ key, peer: request.socket.remoteAddress, target, detail: { errcode } })
  }
  return { errcode, errmsg: ownErrmsg(errcode, explanation) }
}

/** The answer can only say that the JSON was repaired; the log says where. */
function logRepairs(
  { log }: HttpDeps,
  { repairs }: CompatRequest,
  { id: requestId, key, routeOptions }: FastifyRequest,
) {
  if (repairs.length === 0) return
  const warnings = repairs.map((repair) => JSON_REPAIRS[repair].en)
  log.warn({ requestId, route: routeOptions.url, key: key?.id, warnings }, "corrected the JSON text of a request body")
}

/** The errcodes for a key that lacks a scope or an app. */
const REFUSED_BY_KEY: ReadonlySet<number> = new Set([48002, 60011, 301002])

/** There is no 5xx here: clients of WeCom understand -1. */
function refusalOf(error: unknown, limitBytes: number): Refusal {
  if (error instanceof Refusal) return error
  const problem = problemOf(error)
  const { code, status } = problem
  if (code === "body_too_large")
    return new Refusal(40206, `the body may have at most ${limitBytes} bytes`, { cause: problem })
  // The key was revoked after the request was let in.
  if (code === "unauthorized") return new Refusal(42001, "ask gettoken for another", { cause: problem })
  if (code === "internal_error") return new Refusal(-1, "something failed inside the gateway", { cause: error })
  const { title, hint } = PROBLEMS[code]
  const explanation = `${title.en}. ${hint.en}`
  if (status === 429) return new Refusal(45009, problem.detail?.en ?? explanation, { cause: problem })
  return new Refusal(status >= 500 ? -1 : 40058, explanation, { cause: problem })
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Undefined for a request that was refused before it was read. */
  readonly call?: CompatRequest
}

function send({ request, reply, call }: Exchange, { errcode, errmsg, ...fields }: CompatAnswer): FastifyReply {
  const told = errmsg ?? (errcode === 0 ? "ok" : ownErrmsg(errcode, undefined))
  const text = call?.hasJsonMistake === true ? withJsonWarning(errcode, told) : told
  reply
    .code(200)
    .header("content-type", "application/json; charset=UTF-8")
    .header("error-code", String(errcode))
    .header("error-msg", headerText(text))
  return sendText(JSON.stringify({ errcode, errmsg: text, ...fields }), request, reply)
}
