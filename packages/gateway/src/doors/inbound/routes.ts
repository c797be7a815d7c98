import type { FastifyReply, FastifyRequest } from "fastify"
import type { App } from "../kit/app.ts"
import { BYTES_TYPE, readBytesOfAnyType } from "../kit/bytes-of-any-type.ts"
import { insufficientScope } from "../../accept/acceptor.ts"
import type { HttpDeps } from "../kit/deps.ts"
import { problemOf, sendText, writeProblem } from "../kit/failures.ts"
import { languageOf } from "../kit/language.ts"
import { ADAPTER_NAMES } from "../../model/adapter-names.ts"
import type { FoundSource } from "../../model/ports/sources.ts"
import type { AdapterName } from "../../model/adapter-names.ts"
import { bodyTooLarge } from "../../problems/body-too-large.ts"
import { Problem } from "../../problems/problem.ts"
import type { TokenBuckets } from "../kit/token-bucket.ts"
import { traceOf } from "../kit/trace-of.ts"
import type { Adapter, Answer } from "./adapter.ts"
import { entryOf } from "./adapters.ts"
import { admit, draft } from "./admit.ts"
import { callerOf, senderOf, tokenIn } from "./caller.ts"
import type { Caller } from "./caller.ts"
import { Guesses } from "./guesses.ts"
import { methodNotAllowed } from "../../problems/method-not-allowed.ts"
import { unknownToken } from "./refusals.ts"
import { keeperOf } from "./keep-file.ts"
import { InboundCall } from "./inbound-call.ts"

declare module "fastify" {
  interface FastifyRequest {
    /** The content type of the body as the client wrote it; null if it named none. */
    sentType: string | null
    /** The request as an adapter reads it; null until its head was checked. */
    inboundCall: InboundCall | null
    /** Null until the request was let in. */
    entry: Entry | null
  }
}

/** A request that was let in. */
interface Entry {
  readonly adapter: Adapter
  readonly call: InboundCall
  /** Undefined if the token is in the body, which has not arrived yet. */
  readonly caller: Caller | undefined
}

/**
 * The doors for programs that speak the protocol of another service. Each keeps the verbs, paths, bodies and answers of its
 * protocol.
 * @param rate the request rate of each key, shared by all doors
 */
export function inboundRoutes(deps: HttpDeps, rate: TokenBuckets): (app: App) => Promise<void> {
  return async (app) => {
    prepareRequests(app)
    const door = { deps, rate, guesses: new Guesses() }
    for (const name of ADAPTER_NAMES) adapterRoutes(app, name, [`/${name}`, `/${name}/*`], `/in/${name}`, door)
  }
}

/** A group robot's own paths, for programs in which only the host can be changed. */
export function webhookRoutes(deps: HttpDeps, rate: TokenBuckets): (app: App) => Promise<void> {
  return async (app) => {
    prepareRequests(app)
    const door = { deps, rate, guesses: new Guesses() }
    adapterRoutes(app, "robot", ["/send", "/upload_media"], "/cgi-bin/webhook", door)
  }
}

interface Door {
  readonly deps: HttpDeps
  readonly rate: TokenBuckets
  readonly guesses: Guesses
}

/** @param prefix the part of a path that names the adapter */
function adapterRoutes(
  app: App,
  name: AdapterName,
  urls: readonly string[],
  prefix: string,
  { deps, rate, guesses }: Door,
): void {
  const { bodyBytes, load, tokenInBody } = entryOf(name)
  let loaded: ReturnType<typeof load> | undefined
  /** Kept, because importing it at each request would take longer than reading the request. */
  const adapterOf = async (): Promise<Adapter> => (await (loaded ??= load())).adapter

  const enter = async (token: string | undefined, request: FastifyRequest): Promise<Caller> => {
    const now = deps.now()
    const peer = request.socket.remoteAddress
    const caller = await callerOf(token, name, deps)
    if (caller === undefined) throw token === undefined ? unknownToken() : guesses.refuse(peer, now)
    const { client, scopes } = senderOf(caller)
    if (caller.kind === "key") {
      request.key = caller.key
      deps.audit.used(caller.key, peer)
    } else deps.audit.sourceUsed(caller.source, peer)
    if (!scopes.includes("send")) throw insufficientScope(["send"])
    const { waitSeconds } = rate.take(client, now)
    if (waitSeconds > 0) throw new Problem("rate_limited", { retryAfterSeconds: waitSeconds })
    return caller
  }

  /** Nothing is sent unless all tokens are known. */
  const enterAll = async (adapter: Adapter, call: InboundCall, request: FastifyRequest): Promise<readonly Caller[]> => {
    const tokens = [...new Set(adapter.tokensInBody?.(call))].slice(0, MOST_TOKENS)
    if (tokens.length === 0) throw unknownToken()
    const callers: Caller[] = []
    for (const token of tokens) callers.push(await enter(token, request))
    return callers
  }

  const fail = async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const problem = withLimit(problemOf(error), bodyBytes)
    if (problem.code === "internal_error") deps.log.error({ err: error, requestId: request.id }, "a request failed")
    const text = writeProblem(problem, request, reply)
    const { inboundCall: call } = request
    const adapter = await adapterOf()
    if (call === null || adapter.refused === undefined) return sendText(text, request, reply)
    const language = languageOf(request.headers["accept-language"])
    return send(adapter.refused({ problem, language }, call), request, reply)
  }

  const route = {
    method: VERBS,
    bodyLimit: bodyBytes,
    exposeHeadRoute: false,
    schema: { hide: true },
    config: { takesBodyOfAnybody: tokenInBody === true },
    errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) => void fail(error, request, reply),
    async onRequest(request: FastifyRequest, reply: FastifyReply) {
      const adapter = await adapterOf()
      const call = new InboundCall({
        method: request.method,
        target: request.raw.url ?? "",
        headers: request.headers,
        contentType: request.sentType ?? undefined,
        prefix,
      })
      request.inboundCall = call
      const open = adapter.open?.(call)
      if (open !== undefined) {
        send(open, request, reply)
        return
      }
      const token = tokenIn(call, adapter)
      const isLater = token === undefined && tokenInBody === true && hasBody(request)
      const caller = isLater ? undefined : await enter(token, request)
      request.entry = { adapter, call, caller }
    },
    async handler(request: FastifyRequest, reply: FastifyReply) {
      const { entry } = request
      if (entry === null) throw new Error("a request without an entry was let in")
      const { adapter, call } = entry
      if (request.body instanceof Uint8Array) call.body = request.body
      await call.readParts()
      const callers = entry.caller === undefined ? await enterAll(adapter, call, request) : [entry.caller]
      // Programs that show a preview of a link send a HEAD request.
      if (call.method === "HEAD") return send({ status: 200, body: "" }, request, reply)
      const methods = adapter.methods?.(call) ?? SENDING
      if (!methods.includes(call.method)) throw methodNotAllowed(methods)
      const now = deps.now()
      const secret = checkSignature(adapter, call, callers, now)
      const [first] = callers
      if (first === undefined) throw new Problem("unauthorized")
      const isDry = isDryRun(call)
      const keepFile = isDry ? async () => UNKEPT_FILE : keeperOf(deps, first)
      const reading = await adapter.read(call, { now, secret, keepFile, render: rendererOf(first, deps) })
      if ("status" in reading) return send(reading, request, reply)
      const options = { acceptor: deps.acceptor, apps: deps.apps, now, trace: traceOf(request) }
      if (isDry) return send({ status: 200, body: await draft(reading, call, first, options) }, request, reply)
      const [accepted] = await Promise.all(callers.map((caller) => admit(reading, call, caller, options)))
      if (accepted === undefined) throw new Problem("unauthorized")
      for (const warning of reading.warnings ?? []) {
        deps.log.warn(
          { requestId: request.id, adapter: name, message: accepted.id, warning: warning.en },
          "the adapter could not read all of a request",
        )
      }
      reply.header("location", `/v1/messages/${accepted.id}`)
      if (accepted.replayed) reply.header("idempotent-replayed", "true")
      return send(adapter.accepted(accepted, call, reading), request, reply)
    },
  }
  for (const url of urls) app.route({ ...route, url })
}

/** Each adapter decides which of these verbs it accepts. */
const VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

/** @returns the secret that the request was signed with @throws {Problem} `unauthorized`, `storage_error` */
function checkSignature(
  { verify }: Adapter,
  call: InboundCall,
  callers: readonly Caller[],
  now: number,
): string | undefined {
  for (const caller of callers) if (caller.kind === "source") requireReadable(caller)
  const [secret] = callers.flatMap((caller) => (caller.kind === "source" ? (caller.signingSecret ?? []) : []))
  if (secret === undefined || verify === undefined || verify(call, secret, now)) return secret
  throw new Problem("unauthorized", {
    detail: {
      en: "The request is not signed with the signing secret of its source, or too long ago.",
      zh: "请求没有用该来源的签名密钥签名，或签名已过期。",
    },
  })
}

/**
 * A request cannot be checked without its source's secret. The answer is 503, not 401, because most programs then send it
 * again.
 */
function requireReadable({ source, signingSecret }: FoundSource): void {
  if (!source.hasSigningSecret || signingSecret !== undefined) return
  throw new Problem("storage_error", {
    detail: {
      en: `Nothing was accepted: could not read the stored signing secret of this source; set it again with PATCH /v1/sources/${source.id} (signing_secret).`,
      zh: `本次没有受理：无法读取该来源已存储的签名密钥；请用 PATCH /v1/sources/${source.id} 重新提供（signing_secret）。`,
    },
    retryAfterSeconds: 60,
  })
}

/** For setting up a program: the answer shows the message, and nothing is sent. */
function isDryRun({ query }: InboundCall): boolean {
  const asked = query.get("dry_run")
  return asked === "true" || asked === "1"
}

const UNKEPT_FILE = "med_dry_run"

function rendererOf(
  caller: Caller,
  { templates }: HttpDeps,
): ((body: string) => ReturnType<HttpDeps["templates"]["render"]>) | undefined {
  const template = caller.kind === "source" ? caller.source.template : undefined
  return template === undefined ? undefined : (body) => templates.render(template, body)
}

const MOST_TOKENS = 20
/** The methods that send, unless the adapter names those of the path. */
const SENDING: readonly string[] = ["GET", "POST", "PUT"]

function hasBody({ raw }: FastifyRequest): boolean {
  return raw.headers["transfer-encoding"] !== undefined || Number(raw.headers["content-length"] ?? 0) > 0
}

function send({ status, headers = {}, body }: Answer, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isText = typeof body === "string"
  reply
    .code(status)
    .header("content-type", isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8")
    .headers({ ...headers })
  return sendText(isText ? body : JSON.stringify(body), request, reply)
}

function withLimit(problem: Problem, limit: number): Problem {
  const isOfFramework = problem.code === "body_too_large" && problem.detail === undefined
  return isOfFramework ? bodyTooLarge(limit, problem.cause) : problem
}

/** Makes bodies arrive as bytes, and gives requests the fields that hold what is known of them. */
function prepareRequests(app: App): void {
  for (const name of ["sentType", "inboundCall", "entry"]) app.decorateRequest(name, null)
  readBytesOfAnyType(app)
  app.addHook("onRequest", (request, _reply, done) => {
    const type = request.headers["content-type"]
    if (type !== undefined) {
      request.sentType = type
      request.headers["content-type"] = BYTES_TYPE
    }
    done()
  })
}
