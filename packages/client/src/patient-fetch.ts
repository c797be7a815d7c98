import type { Deadline } from "./deadline.ts"
import { problemOf, ProblemError, unexpectedAnswer, UnreachableError } from "./errors.ts"
import type { Gateways } from "./gateways.ts"
import { limited } from "./limited.ts"
import { pause } from "./pause.ts"
import { backoffMs, mayRepeat } from "./repeats.ts"

/** In the place of the gateway's address in requests, until it is known which one is asked. */
export const ANY_GATEWAY = "http://gateway.invalid"

export interface Patience {
  readonly deadline: Deadline
  /** Of one try. */
  readonly tryMs: number
  /** Making the request twice does no more than once. */
  readonly isSafe: boolean
  readonly signal: AbortSignal
}

export interface Reach {
  readonly gateways: Gateways
  readonly fetch: typeof globalThis.fetch
}

/**
 * Asks the gateways, and asks again by what they say, until one answers well or the time is over.
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
    // How often a key may ask is the same for all of them.
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

/** Read to its end, so that an answer that breaks off counts as none. */
async function wholeOf(answer: Response): Promise<Response | ProblemError> {
  const { status, headers } = answer
  const bytes = await answer.arrayBuffer()
  if (isPage(headers)) return unexpectedAnswer(status, new TextDecoder().decode(bytes))
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers })
}

/** For people, as a proxy or another server has them. */
function isPage(headers: Headers): boolean {
  return headers.get("content-type")?.startsWith("text/html") === true
}

/** Only the cause says which error `fetch` met. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message
}
