import { WeComError } from "@wecom-push/sdk"
import type { Api, ApiAnswer, ApiRequest } from "@wecom-push/sdk/internals"
import type { AttemptEnd, AttemptFailure } from "@wecom-push/protocol/delivery"
import { traceHeaders } from "../model/trace.ts"
import type { Trace } from "../model/trace.ts"

export interface OneCall extends Omit<ApiRequest, "method" | "tries" | "deadline" | "headers"> {
  /** POST unless given. */
  readonly method?: ApiRequest["method"]
  /** Milliseconds since 1970. */
  readonly deadline?: number
  /** What it belongs to. */
  readonly trace?: Trace | undefined
}

/** One request to WeCom, tried once, since our own retries survive the process. Whatever comes of it is a value. */
export async function callOnce(
  api: Pick<Api, "call" | "clock">,
  { deadline = Infinity, trace, ...request }: OneCall,
): Promise<AttemptEnd> {
  const headers = traceHeaders(trace)
  const latest = api.clock.now() + LONGEST_REQUEST_MS + (request.extraTimeMs ?? 0)
  try {
    const answer: ApiAnswer = await api.call({
      method: "POST",
      ...request,
      ...(headers !== undefined && { headers }),
      tries: "once",
      deadline: Math.min(deadline, latest),
    })
    return { kind: "answer", answer }
  } catch (error) {
    if (!(error instanceof WeComError)) throw error
    return { kind: "failure", failure: failureOf(error) }
  }
}

/** The time for one request, in milliseconds, including that of a token that has to be fetched first. */
export const LONGEST_REQUEST_MS = 15_000

function failureOf(error: WeComError): AttemptFailure {
  const { code, errcode, errmsg, message, failure: kind } = error
  return { code, class: error.class, errcode, errmsg: errmsg ?? message, kind }
}
