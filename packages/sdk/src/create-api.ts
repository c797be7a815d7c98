import { hash } from "node:crypto"
import { classifyErrcode } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import type { Api, ApiAnswer, ApiDownload, ApiRequest } from "./api.ts"
import type { Clock } from "./clock.ts"
import { deadlineError, refusedError, settingError } from "./make-error.ts"
import type { TokenStore } from "./token-store.ts"
import { STORE_TIMEOUT_MS } from "./store-limit.ts"
import { boundedTokenStore } from "./token/bounded-token-store.ts"
import { getToken } from "./token/get-token.ts"
import { TokenManager } from "./token/token-manager.ts"
import type { Transport } from "./transport.ts"
import { WeComError } from "./wecom-error.ts"
import { ApiUrls } from "./wire/api-urls.ts"
import { apiFolder } from "./wire/base-url.ts"
import { exchangeBytes } from "./wire/exchange-bytes.ts"
import { exchange } from "./wire/exchange.ts"
import { cannotPass, errcodeAhead, isTokenRefusal, passes, passOver, TOKEN_DIED } from "./wire/pass.ts"
import type { PassedAnswer, PassRequest } from "./wire/pass.ts"
import type { Exchanged, ExchangeRequest, Wire } from "./wire/exchange.ts"
import { safeHooks } from "./wire/hooks.ts"
import type { ApiHooks } from "./wire/hooks.ts"
import { callWithRetries } from "./wire/call-with-retries.ts"
import { Redactor } from "./wire/redactor.ts"

export interface ApiOptions {
  /** The address of WeCom, a gateway or a simulator, with or without `/cgi-bin`. */
  readonly baseUrl: string
  readonly corpId: string
  readonly secret: string
  readonly transport: Transport
  readonly tokenStore: TokenStore
  /** How many milliseconds one call of the store may take: 1,500 unless given. */
  readonly storeTimeoutMs?: number | undefined
  readonly clock: Clock
  readonly language: Language
  readonly hooks?: ApiHooks | undefined
  /** How many milliseconds one try may take, within the deadline of the call: 10,000 unless given. */
  readonly attemptTimeoutMs?: number | undefined
  /** How many milliseconds a download may stay unread: 60,000 unless given. */
  readonly downloadIdleMs?: number | undefined
  /** True for callers that repeat calls themselves: within one call a failed gettoken is not tried again. */
  readonly getsTokenOnce?: boolean | undefined
}

/** An `Api` that also passes on the calls of other programs. */
export interface PassingApi extends Api {
  /**
   * Makes one try. When its token is no longer valid and the body can be sent again, it makes another with a new token.
   * @returns `token_died` when the body cannot be sent again; the new token has been fetched by then
   * @throws {WeComError} when there is no token
   * @throws {TransportFault} when there is no answer
   */
  pass(request: PassRequest): Promise<PassedAnswer | typeof TOKEN_DIED>
}

/** @throws {WeComError} `invalid_input` for a base URL, corp id or secret that cannot work */
export function createApi(options: ApiOptions): PassingApi {
  const { baseUrl, corpId, secret, language, clock } = options
  const folder = apiFolder(baseUrl)
  if (folder === undefined) throw settingError("badBaseUrl", "baseUrl", language)
  if (corpId === "") throw settingError("noCorpId", "corpId", language)
  if (secret === "") throw settingError("noSecret", "secret", language)

  const redactor = new Redactor(secret)
  const wire: Wire = {
    baseUrl: folder.href,
    urls: new ApiUrls(folder),
    transport: options.transport,
    clock,
    hooks: safeHooks(options.hooks),
    redactor,
    attemptTimeoutMs: options.attemptTimeoutMs ?? 10_000,
    downloadIdleMs: options.downloadIdleMs ?? DOWNLOAD_IDLE_MS,
  }
  const tokens = new TokenManager({
    key: hashOf([folder.href, corpId, secret]),
    store: boundedTokenStore(options.tokenStore, options.storeTimeoutMs ?? STORE_TIMEOUT_MS, clock),
    clock,
    language,
    hooks: wire.hooks,
    scrub: (text) => redactor.scrub(text),
    fetch: (limits) =>
      getToken(
        wire,
        { corpId, secret, language },
        { ...limits, onlyOnce: limits.onlyOnce || options.getsTokenOnce === true },
      ),
  })
  const caller: Caller = { wire, tokens, language }
  return {
    clock,
    pass: (request) => passWithToken(caller, request),
    call: (request) => callWithToken(caller, request, (attempt) => exchange(wire, attempt)),
    async download(request) {
      let download: ApiDownload | undefined
      const answer = await callWithToken(caller, request, async (attempt) => {
        const exchanged = await exchangeBytes(wire, attempt, language)
        if (exchanged.kind !== "bytes") return exchanged
        download = exchanged.download
        return { kind: "answer", answer: { errcode: 0, errmsg: "ok" } }
      })
      if (download === undefined) throw refusedError(answer, { api: request.path, language })
      return download
    },
  }
}

interface Caller {
  readonly wire: Wire
  readonly tokens: TokenManager
  readonly language: Language
}

function callWithToken(
  { wire, tokens, language }: Caller,
  request: ApiRequest,
  tryOnce: (attempt: ExchangeRequest) => Promise<Exchanged>,
): Promise<ApiAnswer> {
  const { path: api, deadline, signal } = request
  const limits = { deadline, signal }
  let refusals = 0

  const attempt = async (number: number): Promise<Exchanged> => {
    const current = tokens.current(limits)
    const token = typeof current === "string" ? current : await current
    // The process may have been stopped for a while, so that no timer has ended the wait.
    if (wire.clock.now() >= deadline) throw deadlineError({ api, language })
    wire.redactor.remember(token)
    const exchanged = await tryOnce({
      api,
      method: request.method,
      url: wire.urls.withToken(api, token, request.query),
      body: request.body,
      headers: request.headers,
      onSent: request.onSent,
      extraTimeMs: request.extraTimeMs,
      attempt: number,
      deadline,
      signal,
    })
    if (exchanged.kind !== "answer") return exchanged
    const { errcode, errmsg } = exchanged.answer
    if (errcode === 0 || classifyErrcode(errcode, api).class !== "token") return exchanged
    const refused = { token, errcode, errmsg, api }
    refusals++
    const isLast = refusals === MAX_REFUSALS || (refusals > 1 && tokens.isConfirmed(token))
    if (isLast) throw await tokens.refusedAgain(refused, limits)
    await tokens.replace(refused, limits)
    return attempt(number)
  }

  return callWithRetries({
    api,
    language,
    clock: wire.clock,
    baseUrl: wire.baseUrl,
    limits,
    repeatable: request.repeatable,
    onlyOnce: request.tries === "once",
    // A call below message/ or appchat/ may have reached a recipient, even where a repeat would be safe.
    leavesDoubt: !request.repeatable || api.startsWith("message/") || api.startsWith("appchat/"),
    attempt,
  })
}

async function passWithToken(
  { wire, tokens }: Caller,
  request: PassRequest,
): Promise<PassedAnswer | typeof TOKEN_DIED> {
  const { path, deadline, limit } = request
  const { transport } = wire
  const limits = {
    deadline,
    // The signal is made only when something waits, because making one is expensive.
    get signal() {
      return limit.signal
    },
  }
  for (let refusals = 0; ; refusals++) {
    const token = await tokens.current(limits)
    wire.redactor.remember(token)
    const url = wire.urls.withToken(path, token, undefined)
    if (!passes(transport)) throw cannotPass(url)
    const answer = await transport.pass(url, request)
    const errcode = await errcodeAhead(answer)
    if (!isTokenRefusal(errcode, path) || refusals > 0) return answer
    const refused = { token, errcode, errmsg: "", api: path }
    try {
      await tokens.replace(refused, limits)
    } catch (error) {
      // No other token can be had now, so WeCom's answer to this one is the answer.
      if (error instanceof WeComError && error.class === "token") return answer
      passOver(answer)
      throw error
    }
    passOver(answer)
    if (request.body !== null && !(request.body instanceof Uint8Array)) return TOKEN_DIED
  }
}

const DOWNLOAD_IDLE_MS = 60_000

/**
 * The most tokens of one call that WeCom may refuse: the call's own, one that another process left in the store, and
 * the one that gettoken then returned.
 */
const MAX_REFUSALS = 3

/** A hash, so that the names of stored records do not show corp and secret. */
function hashOf(parts: readonly string[]): string {
  // Not crypto.subtle: in a process that sends one message, loading it and starting its thread takes 5 ms.
  return hash("sha256", JSON.stringify(parts))
}
