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
  /** The address of WeCom, a relay or a simulator, with or without `/cgi-bin`. */
  readonly baseUrl: string
  /** The key of a group robot. It is a secret: the robot has no other credential. */
  readonly key: string
  readonly transport: Transport
  readonly clock: Clock
  readonly language: Language
  readonly hooks?: ApiHooks | undefined
  /** How many milliseconds one try may take, within the deadline of the call: 10,000 unless given. */
  readonly attemptTimeoutMs?: number | undefined
}

/** The calls of a group robot need its key only: no token is fetched or renewed. */
export interface KeyedApi {
  readonly clock: Clock
  /**
   * Resolves with any definite answer, `errcode` 0 or not.
   * @throws {WeComError} as an app's `call`, except for token errors
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
        // A message may have been shown, even where a repeat would be safe.
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
