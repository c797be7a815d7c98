import type { Language } from "@wecom-push/protocol"
import type { ApiAnswer, ApiRequest } from "./api.ts"
import type { Clock } from "./clock.ts"
import { settingError } from "./make-error.ts"
import type { Transport } from "./transport.ts"
import { ApiUrls } from "./wire/api-urls.ts"
import { apiFolder } from "./wire/base-url.ts"
import { callWithRetries } from "./wire/call-with-retries.ts"
import { exchange } from "./wire/exchange.ts"
import type { Wire } from "./wire/exchange.ts"
import { safeHooks } from "./wire/hooks.ts"
import type { ApiHooks } from "./wire/hooks.ts"
import { Redactor } from "./wire/redactor.ts"

const SEND_API = "webhook/send"

export interface KeyedApiOptions {
  /** Where WeCom, a relay or a simulator is, with or without `/cgi-bin`. */
  readonly baseUrl: string
  /** Of a group robot. A secret: all there is of a caller. */
  readonly key: string
  readonly transport: Transport
  readonly clock: Clock
  readonly language: Language
  readonly hooks?: ApiHooks | undefined
  /** For one try, inside the deadline of the call. 10,000 unless given. */
  readonly attemptTimeoutMs?: number | undefined
}

/** Calls of a group robot, which its key alone allows: no token is fetched, and no answer asks for another. */
export interface KeyedApi {
  readonly clock: Clock
  /**
   * Resolves with any definite answer, `errcode` 0 or not.
   * @throws {WeComError} as that of an app, tokens excepted
   */
  call(request: ApiRequest): Promise<ApiAnswer>
}

/** @throws {WeComError} `invalid_input` for a base URL that cannot work */
export function createKeyedApi(options: KeyedApiOptions): KeyedApi {
  const { baseUrl, key, language, clock, transport } = options
  const folder = apiFolder(baseUrl)
  if (folder === undefined) throw settingError("badBaseUrl", "baseUrl", language)
  const wire: Wire = {
    baseUrl: folder.href,
    urls: new ApiUrls(folder),
    transport,
    clock,
    hooks: safeHooks(options.hooks),
    redactor: new Redactor(key),
    attemptTimeoutMs: options.attemptTimeoutMs ?? 10_000,
    downloadIdleMs: Infinity,
  }
  return {
    clock,
    call: (request) => {
      const { path: api, deadline, signal } = request
      return callWithRetries({
        api,
        language,
        clock,
        baseUrl: wire.baseUrl,
        limits: { deadline, signal },
        repeatable: request.repeatable,
        onlyOnce: request.tries === "once",
        // A message may have been shown, however safe a repeat is.
        leavesDoubt: !request.repeatable || api === SEND_API,
        attempt: (number) =>
          exchange(wire, {
            api,
            method: request.method,
            url: wire.urls.with(api, { key, ...request.query }),
            body: request.body,
            headers: request.headers,
            onSent: request.onSent,
            extraTimeMs: request.extraTimeMs,
            attempt: number,
            deadline,
            signal,
          }),
      })
    },
  }
}
