import type { FastifyReply, FastifyRequest } from "fastify"
import { refuseForStorage } from "../../accept/acceptor.ts"
import { bodyTooLarge } from "../../problems/body-too-large.ts"
import { Problem } from "../../problems/problem.ts"
import type { ProblemCode } from "../../problems/problem-catalogue.ts"
import type { HttpDeps } from "./deps.ts"
import { lingering } from "./linger.ts"
import { languageOf } from "./language.ts"
import { describeProblem, PROBLEM_MEDIA_TYPE } from "./problem-document.ts"

/** Converts each error to an answer: our own errors, the framework's, the store's, and unexpected ones. */
export function answerFailure(
  { log }: Pick<HttpDeps, "log">,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = withLimit(withContentType(problemOf(error), request), request)
  if (problem.code === "internal_error") log.error({ err: error, requestId: request.id }, "a request failed")
  return sendProblem(problem, request, reply)
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendText(writeProblem(problem, request, reply), request, reply)
}

/** Sends a complete answer, also if the body of the request is not read. */
export function sendText(body: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!hasUnreadBody(request, reply)) return reply.send(body)
  return reply
    .header("connection", "close")
    .header("content-length", Buffer.byteLength(body))
    .send(lingering(body, request.raw, reply.raw))
}

/** Sets status and headers. @returns the body */
export function writeProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): string {
  const language = languageOf(request.headers["accept-language"])
  const requestId = problem.status >= 500 ? request.id : undefined
  if (problem.retryAfterSeconds !== undefined) reply.header("retry-after", String(problem.retryAfterSeconds))
  if (problem.code === "unauthorized") reply.header("www-authenticate", "Bearer")
  reply
    .code(problem.status)
    .header("x-request-id", request.id)
    .header("content-type", PROBLEM_MEDIA_TYPE)
    .header("content-language", language)
    .header("vary", "accept-language")
  return JSON.stringify(describeProblem(problem, language, requestId))
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  const code = codeOf(error)
  if (code !== undefined) return new Problem(code, { cause: error })
  try {
    refuseForStorage(error)
  } catch (refusal) {
    if (refusal instanceof Problem) return refusal
  }
  return new Problem("internal_error", { cause: error })
}

/** Most clients that send another type do not know that they do. */
function withContentType(problem: Problem, { headers, routeOptions }: FastifyRequest): Problem {
  if (problem.code !== "unsupported_media_type" || problem.detail !== undefined) return problem
  const type = headers["content-type"]?.slice(0, MAX_SHOWN_LENGTH).replaceAll(/[^\x20-\x7e]/g, "?")
  const came =
    type === undefined
      ? { en: "The request has a body and no Content-Type", zh: "请求有请求体，但没有 Content-Type" }
      : { en: `The body came as ${type}`, zh: `请求体的 Content-Type 是 ${type}` }
  const isForm = routeOptions.schema?.consumes?.includes("multipart/form-data") === true
  const detail = isForm
    ? { en: `${came.en}; this path takes multipart/form-data.`, zh: `${came.zh}；此路径只接受 multipart/form-data。` }
    : { en: `${came.en}.`, zh: `${came.zh}。` }
  return new Problem("unsupported_media_type", { detail, cause: problem.cause })
}

const MAX_SHOWN_LENGTH = 100

function withLimit(problem: Problem, { routeOptions }: FastifyRequest): Problem {
  const isOfFramework = problem.code === "body_too_large" && problem.detail === undefined
  return isOfFramework ? bodyTooLarge(routeOptions.bodyLimit, problem.cause) : problem
}

/** The framework's own errors. Any other error below 500 is about the request as well. */
function codeOf(error: unknown): ProblemCode | undefined {
  if (!(error instanceof Error)) return undefined
  const known = "code" in error && typeof error.code === "string" ? FRAMEWORK_ERRORS[error.code] : undefined
  if (known !== undefined) return known
  const status = "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500
  return status >= 400 && status < 500 ? "bad_request" : undefined
}

const FRAMEWORK_ERRORS: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_MAX_PARAM_LENGTH: "uri_too_long",
}

/** Before the next request of the connection, an unread body would have to be read after all. */
function hasUnreadBody({ raw }: FastifyRequest, reply: FastifyReply): boolean {
  if (raw.complete) return false
  // If the connection were closed while the client still writes, the client would lose the answer.
  if (reply.getHeader("connection") === "close") return true
  const length = Number(raw.headers["content-length"] ?? 0)
  return raw.headers["transfer-encoding"] !== undefined || length > SMALL_BODY_BYTES
}

const SMALL_BODY_BYTES = 64 * 1024
