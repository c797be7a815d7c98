import type { Socket } from "node:net"
import { STATUS_CODES } from "node:http"
import { Problem } from "../../problems/problem.ts"
import type { ProblemCode } from "../../problems/problem-catalogue.ts"
import { describeProblem, PROBLEM_MEDIA_TYPE } from "./problem-document.ts"

/** Answers connections on which no valid request arrived: broken or smuggled HTTP, endless headers, slow senders. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable || isAnswering(socket)) {
    socket.destroy()
    return
  }
  answerAndEnd(socket, new Problem(CODES[error.code ?? ""] ?? "bad_request"))
}

/**
 * Ends a connection for which there is no room, before a request on it was read. A connection that has its answer ends
 * anyway.
 */
export function refuseConnection(socket: Socket): void {
  if (socket.writable && !isAnswering(socket)) answerAndEnd(socket, tooManyConnections())
}

export function tooManyConnections(): Problem {
  return new Problem("too_many_connections", { retryAfterSeconds: 1 })
}

function answerAndEnd(socket: Socket, problem: Problem): void {
  const body = JSON.stringify(describeProblem(problem, "en"))
  const retryAfter = problem.retryAfterSeconds
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`,
    "Connection: close",
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroySoon())
}

/** A second answer would be written into the middle of the present one. Node's own handler checks the same field. */
function isAnswering(socket: Socket): boolean {
  const answer: unknown = Reflect.get(socket, "_httpMessage")
  return typeof answer === "object" && answer !== null && "headersSent" in answer && answer.headersSent === true
}

const CODES: Readonly<Record<string, ProblemCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
  HPE_HEADER_OVERFLOW: "header_fields_too_large",
}
