import { TOKEN_LIFETIME_SECONDS } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import { refusedError, unusableError } from "../make-error.ts"
import { exchange } from "../wire/exchange.ts"
import type { Wire } from "../wire/exchange.ts"
import { callWithRetries } from "../wire/call-with-retries.ts"
import type { TaskLimits } from "../shared-work/shared-task.ts"

export interface FetchedToken {
  readonly token: string
  readonly lifetimeMs: number
}

/**
 * Asks WeCom for the app's token. A lost answer does no harm here, so every failure except a refusal is tried again
 * until the deadline.
 * @throws {WeComError} `refused` when WeCom refuses; `unreachable`, `unusable_answer`, `deadline`, `aborted`
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export async function getToken(
  wire: Wire,
  app: { readonly corpId: string; readonly secret: string; readonly language: Language },
  limits: TaskLimits & { readonly onlyOnce: boolean },
): Promise<FetchedToken> {
  const { language } = app
  const { baseUrl } = wire
  const answer = await callWithRetries({
    api: API,
    language,
    clock: wire.clock,
    baseUrl,
    limits: {
      get deadline() {
        return limits.deadline()
      },
      signal: limits.signal,
    },
    repeatable: true,
    leavesDoubt: false,
    onlyOnce: limits.onlyOnce,
    attempt: (attempt) =>
      exchange(wire, {
        api: API,
        method: "GET",
        url: wire.urls.with(API, { corpid: app.corpId, corpsecret: app.secret }),
        attempt,
        // The task's signal ends it when the last caller's time is up; a more patient caller may join until then.
        deadline: Infinity,
        signal: limits.signal,
      }),
  })
  if (answer.errcode !== 0) throw refusedError(answer, { api: API, language })
  const token = answer["access_token"]
  if (typeof token !== "string" || token === "") {
    const unusable = { why: "unusable", detail: "no access_token" } as const
    throw unusableError(unusable, { api: API, language, code: "unusable_answer", baseUrl })
  }
  return { token, lifetimeMs: readLifetime(answer["expires_in"]) * 1000 }
}

/**
 * WeCom's tokens are valid for at most 7200 s. A store could not keep a much longer time (`JSON` makes null of
 * Infinity), and a token that expired at once would be fetched for every call.
 */
function readLifetime(seconds: unknown): number {
  if (typeof seconds !== "number" || !(seconds >= 1)) return TOKEN_LIFETIME_SECONDS
  return Math.min(seconds, TOKEN_LIFETIME_SECONDS)
}

const API = "gettoken"
