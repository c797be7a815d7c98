import { randomUUID } from "node:crypto"
import { IncomingMessage, ServerResponse } from "node:http"
import type { OutgoingHttpHeaders } from "node:http"
import { Socket } from "node:net"
import { fastifySSE } from "@fastify/sse"
import fastify from "fastify"
import type { FastifyReply, FastifyRequest } from "fastify"
import helmet from "helmet"
import { apiTarget } from "@wecom-push/protocol"
import type { HelmetOptions } from "helmet"
import { Problem } from "../problems/problem.ts"
import { compatRoutes } from "./compat/routes.ts"
import type { App } from "./kit/app.ts"
import { authenticate } from "./kit/authenticate.ts"
import { answerBrokenRequest, refuseConnection, tooManyConnections } from "./kit/broken-request.ts"
import { ConnectionLimit } from "./kit/connection-limit.ts"
import type { HttpDeps } from "./kit/deps.ts"
import type { CompatHttpDeps } from "./compat/deps.ts"
import { readBodies } from "./kit/bodies.ts"
import { SMALL_BODY_BYTES } from "./kit/body-limits.ts"
import { boundBodies } from "./kit/bound-bodies.ts"
import { answerFailure } from "./kit/failures.ts"
import { checkHost } from "./kit/host-header.ts"
import { delayContinue } from "./kit/delay-continue.ts"
import { sendInPieces } from "./kit/in-pieces.ts"
import { Rounds } from "./kit/rounds.ts"
import { UnreadAnswers } from "./kit/unread-answers.ts"
import { answerUnknownPaths } from "./kit/unknown-paths.ts"
import { OpenConnections } from "./kit/open-connections.ts"
import { describeApi } from "./http/openapi.ts"
import { appRoutes } from "./http/routes/apps.ts"
import { auditRoutes } from "./http/routes/audit.ts"
import { batchRoutes } from "./http/routes/batch.ts"
import { callbackRoutes } from "./callback/routes.ts"
import { inboundRoutes, webhookRoutes } from "./inbound/routes.ts"
import { callRoutes } from "./http/routes/calls.ts"
import { cancelManyRoutes } from "./http/routes/cancel-many.ts"
import { cardRoutes } from "./http/routes/card.ts"
import { corpRoutes } from "./http/routes/corps.ts"
import { chatRoutes } from "./http/routes/chats.ts"
import { conversationRoutes } from "./http/routes/conversations.ts"
import { directoryRoutes } from "./http/routes/directory.ts"
import { docsRoutes } from "./http/routes/docs.ts"
import { eventRoutes } from "./http/routes/events.ts"
import { healthRoutes } from "./http/routes/health.ts"
import { keyRoutes } from "./http/routes/keys.ts"
import { lookupRoutes } from "./http/routes/lookup.ts"
import { mcpRoutes } from "./mcp/routes.ts"
import { messageActionRoutes } from "./http/routes/message-actions.ts"
import { messageRoutes } from "./http/routes/messages.ts"
import { metricsRoutes } from "./http/routes/metrics.ts"
import { sourceRoutes } from "./http/routes/sources.ts"
import { rootRoute } from "./http/routes/root.ts"
import { statusRoutes } from "./http/routes/status.ts"
import { mediaForm, mediaRoutes } from "./http/routes/media.ts"
import { batchRequest, messageRequest } from "./http/schemas.ts"
import { allowSilentWork } from "./kit/silent-work.ts"
import { TokenBuckets } from "./kit/token-bucket.ts"
import { validator } from "./kit/validate.ts"

/** The HTTP side of the gateway, not listening yet. Other code can add paths with `register`. */
export async function buildServer(deps: CompatHttpDeps): Promise<App> {
  const { limits } = deps
  const app: App = fastify({
    bodyLimit: Math.min(SMALL_BODY_BYTES, limits.bodyBytes),
    genReqId: requestIdOf,
    requestIdHeader: false,
    rewriteUrl: ({ url = "/" }) => apiTarget(url),
    // Our own answer says what to do; see `refuseWhileStopping`.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    requestTimeout: limits.requestTimeoutMs,
    // For connections without a byte in or out, for example because a client does not read its answer. Longer than any
    // request takes, because each ends with an answer.
    connectionTimeout: limits.stallMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    http: {
      // We answer this fault with a problem of our own.
      requireHostHeader: false,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      highWaterMark: READ_AHEAD_BYTES,
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => void answerFailure(deps, error, request, reply),
    // Our own compilers are set below; without this, Fastify would load its own first, at every start.
    schemaController: { compilersFactory: { buildValidator: neverAsked, buildSerializer: neverAsked } },
  })
  app.setValidatorCompiler(validator(new Set([messageRequest, batchRequest, mediaForm])))
  // Our code builds the answers, and tests check them: a check of each answer here would only turn a mistake into a 500.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler((error, request, reply) => answerFailure(deps, error, request, reply))

  const rounds = new Rounds()
  const connections = new OpenConnections(app.server, rounds)
  deps.stopping.addEventListener("abort", () => connections.closeUnused(), { once: true })
  const limit = new ConnectionLimit(app.server, connections, {
    limit: limits.connections,
    refuse: refuseConnection,
    onReached: () =>
      deps.log.warn({ limit: limits.connections }, "the connection limit is reached; closing idle connections"),
  })
  deps.metrics.watchConnections(() => connections.size, limits.connections)
  const unread = new UnreadAnswers(connections, {
    limitMs: limits.unreadMs,
    onClosed: (count) => deps.log.info({ count, ms: limits.unreadMs }, "closed connections whose clients do not read"),
  })
  app.addHook("onClose", () => unread[Symbol.dispose]())
  const securityHeaders = headersOfHelmet()
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(securityHeaders).header("x-request-id", request.id).header("cache-control", "no-store")
    if (limit.isBeyond(request.raw.socket)) refuseBeyondLimit(request, reply)
    if (deps.stopping.aborted) refuseWhileStopping(request, reply)
    done()
  })
  // For requests from before the stop: otherwise the connection would stay open for a next request, and the stop would wait
  // for it.
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (deps.stopping.aborted) reply.header("connection", "close")
    done()
  })
  // The same, if the head of the answer was sent before the stop.
  app.addHook("onResponse", (_request, _reply, done) => {
    if (deps.stopping.aborted) app.server.closeIdleConnections()
    done()
  })
  sendInPieces(app, rounds)
  checkHost(app, { onlyLoopback: deps.onlyLoopbackNames })
  const rate = new TokenBuckets(limits.requestsPerSecond)
  authenticate(app, deps, rate)
  measure(app, deps)
  boundBodies(app)
  delayContinue(app)
  readBodies(app)
  allowSilentWork(app, limits.stallMs)
  await describeApi(app)
  await app.register(fastifySSE)
  answerUnknownPaths(app)

  messageRoutes(app, deps)
  batchRoutes(app, deps)
  messageActionRoutes(app, deps)
  cancelManyRoutes(app, deps)
  callRoutes(app, deps)
  cardRoutes(app, deps)
  await app.register(mediaRoutes(deps))
  lookupRoutes(app, deps)
  eventRoutes(app, deps)
  appRoutes(app, deps)
  corpRoutes(app, deps)
  directoryRoutes(app, deps)
  chatRoutes(app, deps)
  conversationRoutes(app, deps)
  keyRoutes(app, deps)
  sourceRoutes(app, deps)
  auditRoutes(app, deps)
  statusRoutes(app, deps)
  mcpRoutes(app, deps)
  healthRoutes(app, deps)
  metricsRoutes(app, deps)
  docsRoutes(app)
  rootRoute(app)
  await app.register(callbackRoutes(deps), { prefix: "/callback" })
  await app.register(compatRoutes(deps, rate), { prefix: "/cgi-bin" })
  await app.register(webhookRoutes(deps, rate), { prefix: "/cgi-bin/webhook" })
  await app.register(inboundRoutes(deps, rate), { prefix: "/in" })
  return app
}

/** Longer than the timeout of load balancers in front, so that they close first. */
const KEEP_ALIVE_MS = 72_000
const CONNECTIONS_CHECK_MS = 1000
const MAX_PARAM_LENGTH = 256
/** For a body that is not read yet; a client that sends more has to wait until its key is known. */
const READ_AHEAD_BYTES = 16 * 1024

const SECURITY_HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
  },
  // The TLS-terminating proxy in front knows whether the whole host uses TLS.
  strictTransportSecurity: false,
  referrerPolicy: { policy: "no-referrer" },
} as const satisfies HelmetOptions

/** Computed once: they are the same for every request, and helmet would make them for each. */
function headersOfHelmet(): OutgoingHttpHeaders {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  helmet(SECURITY_HEADERS)(request, response, () => undefined)
  return response.getHeaders()
}

/** The client's own id if its form is harmless, so that a request can be found in both logs. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"]
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID()
}

const REQUEST_ID = /^[\w.:-]{1,128}$/

function refuseWhileStopping(request: FastifyRequest, reply: FastifyReply): void {
  reply.header("connection", "close")
  const isLookingAtUs = request.routeOptions.config.isProbe === true
  if (!isLookingAtUs) throw new Problem("shutting_down", { retryAfterSeconds: 1 })
}

function refuseBeyondLimit(request: FastifyRequest, reply: FastifyReply): void {
  reply.header("connection", "close")
  if (request.routeOptions.config.isProbe !== true) throw tooManyConnections()
}

function measure(app: App, { metrics, log }: HttpDeps): void {
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unknown"
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime)
    if (reply.statusCode >= 400) {
      const { method, id, key } = request
      log.info({ requestId: id, method, route, status: reply.statusCode, key: key?.id }, "request refused")
    }
    done()
  })
}

function neverAsked(): never {
  throw new Error("Fastify asked for a compiler of its own")
}
