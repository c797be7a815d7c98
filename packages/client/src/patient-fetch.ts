import type { Deadline } from "./deadline.ts"
import { problemOf, ProblemError, unexpectedAnswer, UnreachableError } from "./errors.ts"
import type { Gateways } from "./gateways.ts"
import { limited } from "./limited.ts"
import { pause } from "./pause.ts"
import { backoffMs, mayRepeat } from "./repeats.ts"

/** A placeholder for the gateway's address in requests, until the client has chosen one of its gateways. */
export const ANY_GATEWAY = "http://gateway.invalid"

export interface Patience {
  readonly deadline: Deadline
  /** The time limit of one try, in milliseconds. */
  readonly tryMs: number
  /** Whether making the request twice has no further effect. */
  readonly isSafe: boolean
  readonly signal: AbortSignal
}

export interface Reach {
  readonly gateways: Gateways
  readonly fetch: typeof globalThis.fetch
}

/**
 * Calls the gateways, and calls again as their answers allow, until one answers well or the time is up.
 * @throws {ProblemError} refused
 * @throws {UnreachableError} no answer in time
 */
export async function patientFetch(request: Request, reach: Reach, patience: Patience): Promise<Response> {
  const { gateways } = reach
  const { deadline, isSafe, signal } = patience
  const body = await request.arrayBuffer()
  for (let tries = 1; ; tries++) {
    const url = gateways.current
    const answer = await askOne(url, request, body, reach, patience)
    if (answer instanceof Response) return answer
    const isRefused = answer instanceof ProblemError
    if (isRefused ? !mayRepeat(answer, isSafe) : !isSafe) throw answer
    // The rate limit of a key is the same at all gateways, so another gateway would refuse as well.
    const isOfGateway = !isRefused || answer.status !== TOO_MANY_REQUESTS
    if (isOfGateway) gateways.leave(url)
    if (isOfGateway && tries % gateways.count !== 0 && deadline.remainingMs > 0) continue
    const wantedMs = isRefused ? (answer.retryAfterMs ?? 0) : 0
    const waitMs = Math.max(wantedMs, backoffMs(Math.floor(tries / gateways.count)))
    if (waitMs >= deadline.remainingMs) throw answer
    await pause(waitMs, signal)
  }
}

const TOO_MANY_REQUESTS = 429

async function askOne(
  gateway: string,
  { url, method, headers }: Request,
  body: ArrayBuffer,
  { fetch }: Reach,
  { deadline, tryMs, signal }: Patience,
): Promise<Response | ProblemError | UnreachableError> {
  const ask = async (limit: AbortSignal): Promise<Response | ProblemError> => {
    const answer = await fetch(gateway + url.slice(ANY_GATEWAY.length), {
      method,
      headers,
      signal: limit,
      ...(body.byteLength === 0 ? {} : { body }),
    })
    return answer.ok ? wholeOf(answer) : problemOf(answer)
  }
  try {
    return await limited(Math.min(tryMs, deadline.remainingMs), signal, ask)
  } catch (error) {
    signal.throwIfAborted()
    return new UnreachableError(`${gateway} did not answer: ${wordsOf(error)}`, { cause: error })
  }
}

/** Reads the answer to its end, so that an answer that breaks off does not count as one. */
async function wholeOf(answer: Response): Promise<Response | ProblemError> {
  const { status, headers } = answer
  const bytes = await answer.arrayBuffer()
  if (isPage(headers)) return unexpectedAnswer(status, new TextDecoder().decode(bytes))
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers })
}

/** Whether the answer is a page for people, as proxies and other servers send it. */
function isPage(headers: Headers): boolean {
  return headers.get("content-type")?.startsWith("text/html") === true
}

/** Only the cause says which error `fetch` got. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message
}
