import type { Language } from "@wecom-push/protocol"
import type { Clock } from "../clock.ts"
import { abortedError, deadlineError, refusedError, tokenRefusedError } from "../make-error.ts"
import type { Refusal } from "../make-error.ts"
import type { TokenRecord, TokenStore } from "../token-store.ts"
import { WeComError } from "../wecom-error.ts"
import type { SafeHooks, TokenEvent } from "../wire/hooks.ts"
import type { FetchedToken } from "./get-token.ts"
import { SharedTask, WaitEnded } from "../shared-work/shared-task.ts"
import type { TaskLimits, WaitLimits } from "../shared-work/shared-task.ts"

export interface TokenManagerOptions {
  /** Of the (base URL, corp, secret) in the store. */
  key(): Promise<string>
  readonly store: TokenStore
  readonly clock: Clock
  readonly language: Language
  readonly hooks: SafeHooks
  /** For store failures told to the hooks. */
  scrub(text: string): string
  /** One gettoken. `onlyOnce`: a token that still works is held, so a failure need not be tried again at once. */
  fetch(limits: TaskLimits & { readonly onlyOnce: boolean }): Promise<FetchedToken>
}

/** A token that a call was refused with, and what WeCom said. */
export interface RefusedToken extends Refusal {
  readonly token: string
  readonly api: string
}

/**
 * The one token of an app: fetched once however many callers wait, in all processes that share the store; renewed
 * five minutes before its end, or at once when WeCom refuses it.
 *
 * Asking too often gets the caller's address banned, so after a renewal of a refused token and after a refused
 * gettoken the next one waits a minute; until then callers get the refusal on record.
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export class TokenManager {
  readonly #options: TokenManagerOptions
  #held: TokenRecord = {}
  #running: { readonly task: SharedTask<string>; readonly refused: string | undefined } | undefined

  constructor(options: TokenManagerOptions) {
    this.#options = options
  }

  /** @throws {WeComError} */
  current(limits: WaitLimits): string | Promise<string> {
    const now = this.#options.clock.now()
    return freshToken(this.#held, now, undefined) ?? this.#obtain(undefined, limits)
  }

  /**
   * Another token than the refused one. Asks WeCom only if nobody has replaced it meanwhile.
   * @throws {WeComError} `refused` with class `token` when WeCom has none or may not be asked yet
   */
  replace(refused: RefusedToken, limits: WaitLimits): string | Promise<string> {
    const now = this.#options.clock.now()
    return freshToken(this.#held, now, refused.token) ?? this.#obtain(refused, limits)
  }

  async #obtain(refused: RefusedToken | undefined, limits: WaitLimits): Promise<string> {
    const { clock, language } = this.#options
    const blocked = this.#blockedBy(this.#held, clock.now(), refused)
    if (blocked !== undefined) throw blocked
    try {
      const running = this.#running
      if (running?.task.isJoinable === true && running.refused !== refused?.token) {
        const token = await running.task.join(limits)
        // It may have been under way before this token was refused, and have found the very same.
        if (token !== refused?.token) return token
      }
      return await this.#start(refused).join(limits)
    } catch (error) {
      if (!(error instanceof WaitEnded)) throw error
      const api = refused?.api ?? API
      throw error.why === "aborted"
        ? abortedError({ api, language, mayHaveArrived: false })
        : deadlineError({ api, language })
    }
  }

  #start(refused: RefusedToken | undefined): SharedTask<string> {
    const running = this.#running
    if (running?.task.isJoinable === true && running.refused === refused?.token) return running.task
    const task = new SharedTask(this.#options.clock, (limits) => this.#exclusively(() => this.#renew(refused, limits)))
    this.#running = { task, refused: refused?.token }
    return task
  }

  async #renew(refused: RefusedToken | undefined, limits: TaskLimits): Promise<string> {
    const { clock, hooks, language } = this.#options
    // Everybody left while this waited for its turn.
    if (limits.signal.aborted) throw deadlineError({ api: API, language })
    const known = (await this.#read()) ?? this.#held
    const reason = refused !== undefined ? "refused" : known.token === undefined ? "first" : "expiring"
    const shared = freshToken(known, clock.now(), refused?.token)
    if (shared !== undefined) {
      this.#held = known
      hooks.onToken({ reason, source: "shared" })
      return shared
    }
    const spare = validToken(known, clock.now(), refused?.token)
    const blocked = this.#blockedBy(known, clock.now(), refused)
    if (blocked !== undefined) {
      this.#held = known
      if (spare === undefined) throw blocked
      return this.#makeDo(spare)
    }
    let fetched: FetchedToken
    try {
      fetched = await this.#options.fetch({ ...limits, onlyOnce: spare !== undefined })
    } catch (error) {
      this.#held = spare === undefined ? this.#held : known
      await this.#recordRefusal(error, spare === undefined ? {} : known)
      if (spare === undefined) throw error
      return this.#makeDo(spare)
    }
    return this.#take(fetched, known, refused, reason)
  }

  async #take(
    { token, lifetimeMs }: FetchedToken,
    known: TokenRecord,
    refused: RefusedToken | undefined,
    reason: TokenEvent["reason"],
  ): Promise<string> {
    const { clock, hooks, language } = this.#options
    const now = clock.now()
    if (token === refused?.token) {
      const { errcode, errmsg, api } = refused
      await this.#write({ notBefore: now + PACE_MS, refusal: { errcode, errmsg, api } })
      throw tokenRefusedError(refused, { api, language, why: "sameTokenAgain", retryAfterMs: PACE_MS })
    }
    // WeCom repeats a token that still lives and does not lengthen its life: use it to its end, ask after that.
    const repeatedUntil = token === known.token ? validUntil(known, now) : undefined
    const expiresAt = Math.min(repeatedUntil ?? Infinity, now + lifetimeMs)
    const refreshAt = repeatedUntil === undefined ? expiresAt - Math.min(REFRESH_AHEAD_MS, lifetimeMs / 2) : expiresAt
    await this.#write({
      token,
      expiresAt,
      refreshAt,
      ...(refused === undefined ? {} : { notBefore: now + PACE_MS }),
    })
    hooks.onToken({ reason, source: "fetched" })
    return token
  }

  /** A busy system is no refusal: it says nothing about the secret, so asking again soon does no harm. */
  async #recordRefusal(error: unknown, kept: TokenRecord): Promise<void> {
    if (!(error instanceof WeComError) || error.code !== "refused" || error.class === "transient") return
    const { errcode, errmsg } = error
    if (errcode === undefined) return
    const notBefore = this.#options.clock.now() + PACE_MS
    await this.#write({ ...kept, notBefore, refusal: { errcode, errmsg: errmsg ?? "", api: API } })
  }

  /** No new token to be had, but the old one still works: look again in a minute rather than at every call. */
  #makeDo(token: string): string {
    const { expiresAt = 0 } = this.#held
    this.#held = { ...this.#held, refreshAt: Math.min(expiresAt, this.#options.clock.now() + PACE_MS) }
    return token
  }

  /** Why WeCom may not be asked now. */
  #blockedBy(record: TokenRecord, now: number, refused: RefusedToken | undefined): WeComError | undefined {
    const retryAfterMs = (record.notBefore ?? 0) - now
    // Longer than any pause of ours: the clock was set back since.
    if (retryAfterMs <= 0 || retryAfterMs > PACE_MS) return undefined
    const { language } = this.#options
    const { refusal } = record
    if (refusal?.api === API) return refusedError(refusal, { api: API, language, retryAfterMs })
    if (refusal !== undefined) {
      return tokenRefusedError(refusal, { api: refusal.api, language, why: "sameTokenAgain", retryAfterMs })
    }
    if (refused === undefined) return undefined
    return tokenRefusedError(refused, { api: refused.api, language, why: "freshTokenRefused", retryAfterMs })
  }

  async #read(): Promise<TokenRecord | undefined> {
    try {
      return await this.#options.store.get(await this.#options.key())
    } catch (error) {
      this.#warn(error)
      return undefined
    }
  }

  async #write(record: TokenRecord): Promise<void> {
    this.#held = record
    try {
      await this.#options.store.set(await this.#options.key(), record)
    } catch (error) {
      this.#warn(error)
    }
  }

  /** A store that cannot lock, or not just now (disk full, read-only home), must not keep messages from going out. */
  async #exclusively(task: () => Promise<string>): Promise<string> {
    const { store } = this.#options
    if (store.exclusively === undefined) return task()
    let state: "waiting" | "entered" | { readonly token: string } = "waiting"
    const entered = async (): Promise<string> => {
      state = "entered"
      const token = await task()
      state = { token }
      return token
    }
    try {
      return await store.exclusively(await this.#options.key(), entered)
    } catch (error) {
      const reached = readState()
      if (reached === "entered") throw error
      this.#warn(error)
      return reached === "waiting" ? task() : reached.token
    }
    // Behind a function, because the compiler does not see that `entered` changes it.
    function readState(): "waiting" | "entered" | { readonly token: string } {
      return state
    }
  }

  #warn(error: unknown): void {
    const { hooks } = this.#options
    const detail = this.#options.scrub(error instanceof Error ? error.message : String(error))
    hooks.onWarning({ warning: "token_store_failed", api: API, detail })
  }
}

const API = "gettoken"
const PACE_MS = 60_000
const REFRESH_AHEAD_MS = 5 * 60_000

function freshToken(
  { token, refreshAt = 0 }: TokenRecord,
  now: number,
  refused: string | undefined,
): string | undefined {
  return token !== refused && now < refreshAt ? token : undefined
}

function validToken(record: TokenRecord, now: number, refused: string | undefined): string | undefined {
  return record.token !== refused && validUntil(record, now) !== undefined ? record.token : undefined
}

function validUntil({ expiresAt = 0 }: TokenRecord, now: number): number | undefined {
  return now < expiresAt ? expiresAt : undefined
}
