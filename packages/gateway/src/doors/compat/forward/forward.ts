import type { Readable } from "node:stream"
import { unservedPath } from "@wecom-push/protocol"
import { AttemptLimit } from "@wecom-push/sdk/internals"
import type { FastifyReply, FastifyRequest } from "fastify"
import type { AppRecord } from "../../../model/ports/apps.ts"
import type { PassReply } from "../../../model/ports/dispatcher.ts"
import { appNamed } from "../callers.ts"
import type { Caller } from "../callers.ts"
import type { CompatRequest } from "../compat-request.ts"
import type { CompatDeps } from "../deps.ts"
import { relayedErrmsg } from "../errmsg.ts"
import { pauseAnswer } from "../pauses.ts"
import { Refusal } from "../refusal.ts"
import type { CompatAnswer } from "../answer.ts"
import { decideForward } from "../../../model/forward-rules.ts"
import { Problem } from "../../../problems/problem.ts"
import { reservesMore } from "../../kit/bound-bodies.ts"
import { inOnePiece } from "./forwarded-answer.ts"
import type { ForwardedAnswer } from "./forwarded-answer.ts"
import { Outgoing, OUTGOING_BYTES, tooLong } from "./outgoing.ts"
import { storedFile } from "./stored-file.ts"

/**
 * Passes a call on to WeCom with the token of one of the caller's apps; bodies are streamed in both directions.
 * @param served the other paths below `/cgi-bin/`
 * @throws {Refusal} 48002 for a path that the key does not list
 */
export async function forward(
  deps: CompatDeps,
  caller: Caller,
  call: CompatRequest,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly served: readonly string[] },
): Promise<ForwardedAnswer | CompatAnswer> {
  const { request, reply } = exchange
  const path = pathOf(request)
  const { verb } = call
  if (verb !== "GET" && verb !== "POST") throw new Refusal(40058, "WeCom's API knows GET and POST")
  admitPath(deps, caller, path, exchange)
  if (path === "media/get") {
    const stored = await storedFile(deps, caller, call, request.headers.range)
    if (stored !== undefined) return stored
  }
  const app = appOf(caller, call)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  const limit = new AttemptLimit(undefined)
  reply.raw.once("close", () => {
    // Nothing is left to end if the answer was sent: an error with a stack would cost more than the call.
    if (!reply.raw.writableFinished) limit.end(new Error("the caller left"))
    limit.release()
  })
  const body = await bodyOf(request)
  limit.allow(LONGEST_HEAD_MS)
  const passed = await deps.dispatcher.pass(app.name, {
    path,
    method: verb,
    search: searchWithoutToken(request.url),
    headers: pick(request.headers, REQUEST_HEADERS),
    body: body ?? null,
    limit,
  })
  limit.rest()
  await deps.audit.write({
    key: caller.key,
    peer: call.peer,
    action: "call.forwarded",
    target: path,
    apps: [app.name],
  })
  if (body instanceof Outgoing && body.isTooLong) throw tooLong(request.routeOptions.bodyLimit)
  return answerOf(passed)
}

/** The path below `/cgi-bin/`. */
function pathOf({ url }: Pick<FastifyRequest, "url">): string {
  return (url.split("?", 1)[0] ?? "").replace(/^\/cgi-bin\//, "")
}

function admitPath(
  { log }: CompatDeps,
  { key }: Caller,
  path: string,
  { request, served }: { readonly request: FastifyRequest; readonly served: readonly string[] },
): void {
  const decision = decideForward(path, key)
  if (decision === "passes") return
  const advice = unservedPath(request.url, served, ADVICE[decision])
  log.info({ requestId: request.id, method: request.method, key: key.id, advice }, "unknown path below /cgi-bin/")
  throw new Refusal(48002, advice)
}

const ADVICE = {
  never: "the gateway never passes it on to WeCom",
  not_listed: "the gateway passes it on for keys that list it in forward",
  unreadable: "it is no path of WeCom's API",
} as const

/** The app that the call names by its agentid; otherwise the first app by name that is not paused. */
function appOf(caller: Caller, call: CompatRequest): AppRecord {
  const agentId = call.queryText("agentid")
  if (/^\d{1,15}$/.test(agentId)) return appNamed(caller, Number(agentId))
  const app = caller.apps.find(({ pause }) => pause === undefined) ?? caller.apps[0]
  if (app === undefined) throw new Refusal(48002)
  return app
}

/** Only the token is removed; the rest stays as the caller wrote it. */
function searchWithoutToken(url: string): string {
  const [, search = ""] = /\?(.*)$/s.exec(url) ?? []
  return search
    .split("&")
    .filter((part) => part !== "" && !/^access_token(?:=|$)/i.test(decoded(part)))
    .join("&")
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const REQUEST_HEADERS = ["content-type", "content-length", "range", "accept", "if-range", "traceparent", "tracestate"]
const ANSWER_HEADERS = [
  "content-type",
  "content-disposition",
  "content-encoding",
  "content-length",
  "content-range",
  "accept-ranges",
  "etag",
  "error-code",
  "error-msg",
  "last-modified",
]

function pick(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return typeof value === "string" ? [[name, value] as const] : []
    }),
  )
}

/** A short body can be sent again. A longer one is a stream of its own, which does not end with the caller's connection. */
async function bodyOf(request: FastifyRequest): Promise<Uint8Array | Outgoing | undefined> {
  const { body, headers, routeOptions } = request
  if (!isStream(body)) return undefined
  const { bodyLimit } = routeOptions
  const length = headers["content-length"] === undefined ? undefined : Number(headers["content-length"])
  if (length !== undefined && length > bodyLimit) throw tooLong(bodyLimit)
  if (length === 0) return undefined
  const isShort = length !== undefined && length <= SENT_AGAIN_BYTES
  if (!reservesMore(request, isShort ? length : OUTGOING_BYTES)) throw new Problem("too_busy", { retryAfterSeconds: 1 })
  if (isShort) return bytesOf(body)
  const outgoing = new Outgoing(bodyLimit)
  body.once("error", (error) => outgoing.destroy(error))
  body.once("aborted", () => outgoing.destroy(new Error("the caller left")))
  return body.pipe(outgoing)
}

/** Time for WeCom to receive an upload and to answer. */
const LONGEST_HEAD_MS = 120_000
const SENT_AGAIN_BYTES = 1024 * 1024

/** Node's own function uses a Blob, which takes longer than all other work on a short answer. */
async function bytesOf(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = []
  // An empty stream may have ended already; then no more events come.
  if (stream.readableEnded) return Buffer.alloc(0)
  if (stream.destroyed) throw stream.errored ?? new Error("the stream ended early")
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  stream
    .on("data", (piece: Buffer) => pieces.push(piece))
    .once("end", resolve)
    .once("error", reject)
    // Needed because a stream that was destroyed may close without an error.
    .once("close", () => reject(new Error("the stream ended early")))
  await promise
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body
}

function answerOf(reply: PassReply): ForwardedAnswer | CompatAnswer {
  switch (reply.kind) {
    case "answered": {
      const { status } = reply
      const headers = pick(reply.headers, ANSWER_HEADERS)
      // An HTML page comes from a proxy, not from WeCom: programs made for WeCom read errcodes.
      const isPage = /^text\/html/i.test(headers["content-type"] ?? "") && headers["content-disposition"] === undefined
      if (status >= 500 || (status >= 300 && status < 400) || isPage) {
        if (isStream(reply.body)) reply.body.on("error", () => undefined).destroy()
        throw new Refusal(-1, `a proxy between the gateway and WeCom answered HTTP ${status}`)
      }
      return { status, headers, body: inOnePiece(reply.body, headers["content-type"]) }
    }
    case "token_died":
      throw new Refusal(42001, "WeCom's token had died; send the call again")
    case "too_fast":
      throw new Refusal(45009, "the corp calls this API too often; wait a minute")
    case "refused":
      return { errcode: reply.errcode, errmsg: relayedErrmsg(reply.errcode, reply.errmsg) }
    case "unreachable":
    default:
      throw new Refusal(-1, "WeCom could not be reached")
  }
}
