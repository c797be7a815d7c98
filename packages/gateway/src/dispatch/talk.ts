import { WeComError } from "@wecom-push/sdk"
import type { Api, ApiAnswer } from "@wecom-push/sdk"
import type { Exchange, Failure } from "../core/judge.ts"

export interface Talk {
  readonly path: string
  readonly body: string
  /** A lost answer may be followed by the same request. */
  readonly repeatable: boolean
  /** Milliseconds since 1970. */
  readonly deadline?: number
}

/** One request to WeCom, tried once, since our own retries survive the process. Whatever comes of it is a value. */
export async function talk(api: Api, { path, body, repeatable, deadline = Infinity }: Talk): Promise<Exchange> {
  try {
    const answer: ApiAnswer = await api.call({
      path,
      method: "POST",
      body,
      repeatable,
      tries: "once",
      deadline: Math.min(deadline, api.clock.now() + TALK_TIMEOUT_MS),
    })
    return { kind: "answer", answer }
  } catch (error) {
    if (!(error instanceof WeComError)) throw error
    return { kind: "failure", failure: failureOf(error) }
  }
}

/** Of the request itself; a token that has to be fetched first takes its share of it. */
const TALK_TIMEOUT_MS = 15_000

function failureOf(error: WeComError): Failure {
  const { code, errcode, errmsg, message } = error
  return { code, class: error.class, errcode, errmsg: errmsg ?? message }
}
