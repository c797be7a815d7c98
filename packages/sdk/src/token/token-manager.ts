import type { Language } from "@wecom-push/protocol"
import type { Clock } from "../clock.ts"
import { abortedError, deadlineError, refusedError, tokenRefusedError } from "../make-error.ts"
import type { Refusal } from "../make-error.ts"
import type { TokenRecord, TokenStore } from "../token-store.ts"
import { WeComError } from "../wecom-error.ts"
import type { SafeHooks, TokenEvent } from "../wire/hooks.ts"
import type { FetchedToken } from "./get-token.ts"
import { SharedTask, WaitEnded } from "../shared-work/shared-task.ts"
import { SingleFlight } from "../shared-work/single-flight.ts"
import type { TaskLimits, WaitLimits } from "../shared-work/shared-task.ts"

export interface TokenManagerOptions {
  /** The key of this (base URL, corp, secret) in the store. */
  readonly key: string
  readonly store: TokenStore
  readonly clock: Clock
  readonly language: Language
  readonly hooks: SafeHooks
  /** Removes secrets from the text of a store failure before the hooks get it. */
  scrub(text: string): string
  /** One gettoken. `onlyOnce`: there is still a valid token, so a failed gettoken need not be tried again at once. */
  fetch(limits: TaskLimits & { readonly onlyOnce: boolean }): Promise<FetchedToken>
}

/** A token with which a call was refused, and WeCom's answer. */
export interface RefusedToken extends Refusal {
  readonly token: string
  readonly api: string
}

/**
 * The one token of an app. It is fetched once however many callers wait, in all processes that share the store; it is
 * renewed in the background from five minutes before its end, or at once when WeCom refuses it.
 * A token that gettoken returns after a refusal, the same one or another, counts as valid: the call is tried once more.
 * WeCom bans the address of a caller that asks too often. So after that, and after a refused gettoken, the next
 * gettoken waits a minute; once a call was refused twice, callers whose token is refused get the recorded refusal until
 * then.
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export class TokenManager {
  readonly #options: TokenManagerOptions
  #held: TokenRecord = {}
  readonly #looks: SingleFlight<string>
  #running: { readonly task: SharedTask<string>; readonly refused: string | undefined } | undefined

  constructor(options: TokenManagerOptions) {
    this.#options = options
    this.#looks = new SingleFlight(options.clock)
  }

  /** @throws {WeComError} */
  current(limits: WaitLimits): string | Promise<string> {
    return this.#living() ?? this.#find(limits)
  }

  /**
   * The token with which to try a refused call again: another one, or the same one if gettoken has returned it since.
   * Asks WeCom only if no other caller has asked in the meantime.
   * @throws {WeComError} `refused` with class `token` when WeCom may not be asked yet
   */
  replace(refused: RefusedToken, limits: WaitLimits): string | Promise<string> {
    if (this.isConfirmed(refused.token)) return refused.token
    const living = this.#held.token === refused.token ? undefined : this.#living()
    return living ?? this.#obtain(refused, limits)
  }

  /** Whether gettoken returned this token less than a minute ago, after a refused call. */
  isConfirmed(token: string): boolean {
    return isConfirmed(this.#held, this.#options.clock.now(), token)
  }

  /** A call was refused although its token is confirmed. @returns the error of the call */
  async refusedAgain(refused: RefusedToken, limits: WaitLimits): Promise<WeComError> {
    const { language } = this.#options
    const { token, api } = refused
    const why = whyRefused(this.#held)
    try {
      await this.#looks.join(`refused ${token}`, limits, () => this.#exclusively(() => this.#block(refused)))
    } catch (error) {
      // The caller's time is up; the refusal of another call will be recorded.
      if (!(error instanceof WaitEnded)) throw error
    }
    return tokenRefusedError(refused, { api, language, why, retryAfterMs: PACE_MS })
  }

  /** No gettoken for a minute, unless another process has another token by now. */
  async #block({ token, errcode, errmsg, api }: RefusedToken): Promise<string> {
    const now = this.#options.clock.now()
    const known = (await this.#read()) ?? this.#held
    if (isConfirmed(known, now, token)) {
      await this.#write({ ...known, notBefore: now + PACE_MS, refusal: { errcode, errmsg, api } })
    }
    return token
  }

  /** The held token while it is valid; near its end it is renewed in the background. */
  #living(): string | undefined {
    const now = this.#options.clock.now()
    const fresh = freshToken(this.#held, now, undefined)
    if (fresh !== undefined) return fresh
    const token = validToken(this.#held, now, undefined)
    if (token !== undefined) this.#renewBeside()
    return token
  }

  #renewBeside(): void {
    const { expiresAt = 0 } = this.#held
    if (this.#running?.task.isJoinable === true) return
    if (this.#blockedBy(this.#held, this.#options.clock.now()) !== undefined) return
    // A caller that needs the new token after the old one has expired waits for it then, or asks again and gets the
    // reason.
    this.#start(undefined)
      .join({ deadline: expiresAt })
      .catch(() => undefined)
  }

  /** Another process may have stored a token; even if it expires soon, it can be used now. */
  async #find(limits: WaitLimits): Promise<string> {
    try {
      await this.#looks.join("store", limits, () => this.#look())
    } catch (error) {
      throw this.#asError(error, API)
    }
    return this.#living() ?? this.#obtain(undefined, limits)
  }

  async #look(): Promise<string> {
    const known = await this.#read()
    const now = this.#options.clock.now()
    const token = known === undefined ? undefined : validToken(known, now, undefined)
    // A token that was fetched in the meantime is newer than the one that was read.
    if (known === undefined || token === undefined || validToken(this.#held, now, undefined) !== undefined) return ""
    this.#held = known
    this.#options.hooks.onToken({ reason: "expiring", source: "shared" })
    return token
  }

  async #obtain(refused: RefusedToken | undefined, limits: WaitLimits): Promise<string> {
    const blocked = this.#blockedBy(this.#held, this.#options.clock.now())
    if (blocked !== undefined) throw blocked
    try {
      const running = this.#running
      if (running?.task.isJoinable === true && running.refused !== refused?.token) {
        const token = await running.task.join(limits)
        // That fetch may have started before this token was refused, and have returned the same token.
        if (token !== refused?.token) return token
      }
      return await this.#start(refused).join(limits)
    } catch (error) {
      throw this.#asError(error, refused?.api ?? API)
    }
  }

  #asError(error: unknown, api: string): unknown {
    const { language } = this.#options
    if (!(error instanceof WaitEnded)) return error
    return error.why === "aborted"
      ? abortedError({ api, language, mayHaveArrived: false })
      : deadlineError({ api, language })
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
    // All callers left while this task waited for its turn.
    if (limits.signal.aborted) throw deadlineError({ api: API, language })
    const known = (await this.#read()) ?? this.#held
    const reason = refused !== undefined ? "refused" : known.token === undefined ? "first" : "expiring"
    const now = clock.now()
    const spare = validToken(known, now, refused?.token)
    const shared = refused === undefined ? freshToken(known, now, undefined) : (confirmed(known, now, refused) ?? spare)
    if (shared !== undefined) {
      this.#held = known
      hooks.onToken({ reason, source: "shared" })
      return shared
    }
    const blocked = this.#blockedBy(known, now)
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
      // The token has expired in the meantime, so the waiting callers need another one.
      if (validToken(known, clock.now(), undefined) === undefined) return this.#renew(refused, limits)
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
    const { clock, hooks } = this.#options
    const now = clock.now()
    // WeCom returns a token that is still valid again, without a later end: use it to its end, then ask.
    const repeatedUntil = token === known.token ? validUntil(known, now) : undefined
    const expiresAt = Math.min(repeatedUntil ?? Infinity, now + lifetimeMs)
    const isRepeated = repeatedUntil !== undefined || token === refused?.token
    const refreshAt = isRepeated ? expiresAt : expiresAt - Math.min(REFRESH_AHEAD_MS, lifetimeMs / 2)
    await this.#write({
      token,
      expiresAt,
      refreshAt,
      ...(refused === undefined ? {} : { notBefore: now + PACE_MS }),
    })
    hooks.onToken({ reason, source: "fetched" })
    return token
  }

  /** "Busy" is not a refusal: it says nothing about the secret, so asking again soon does no harm. */
  async #recordRefusal(error: unknown, kept: TokenRecord): Promise<void> {
    if (!(error instanceof WeComError) || error.code !== "refused" || error.class === "transient") return
    const { errcode, errmsg } = error
    if (errcode === undefined) return
    const notBefore = this.#options.clock.now() + PACE_MS
    await this.#write({ ...kept, notBefore, refusal: { errcode, errmsg: errmsg ?? "", api: API } })
  }

  /** WeCom gives no new token, but the old one is still valid: ask again in a minute and not at every call. */
  #makeDo(token: string): string {
    const { expiresAt = 0 } = this.#held
    this.#held = { ...this.#held, refreshAt: Math.min(expiresAt, this.#options.clock.now() + PACE_MS) }
    return token
  }

  /** Why WeCom may not be asked now. */
  #blockedBy(record: TokenRecord, now: number): WeComError | undefined {
    const retryAfterMs = pauseMs(record, now)
    const { refusal } = record
    if (retryAfterMs === 0 || refusal === undefined) return undefined
    const { language } = this.#options
    if (refusal.api === API) return refusedError(refusal, { api: API, language, retryAfterMs })
    return tokenRefusedError(refusal, { api: refusal.api, language, why: whyRefused(record), retryAfterMs })
  }

  async #read(): Promise<TokenRecord | undefined> {
    try {
      return await this.#options.store.get(this.#options.key)
    } catch (error) {
      this.#warn(error)
      return undefined
    }
  }

  async #write(record: TokenRecord): Promise<void> {
    this.#held = record
    try {
      await this.#options.store.set(this.#options.key, record)
    } catch (error) {
      this.#warn(error)
    }
  }

  /** A store that cannot lock, or cannot at present (disk full, read-only home), must not stop messages. */
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
      return await store.exclusively(this.#options.key, entered)
    } catch (error) {
      const reached = readState()
      if (reached === "entered") throw error
      this.#warn(error)
      return reached === "waiting" ? task() : reached.token
    }
    // A function, because the compiler does not see that `entered` changes the variable.
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

/** How many milliseconds until WeCom may be asked again; 0 when it may be asked now. */
function pauseMs({ notBefore = 0 }: TokenRecord, now: number): number {
  const ms = notBefore - now
  // Longer than our longest pause: the clock was set back in the meantime.
  return ms <= 0 || ms > PACE_MS ? 0 : ms
}

function isConfirmed(record: TokenRecord, now: number, token: string): boolean {
  return record.token === token && record.refusal === undefined && pauseMs(record, now) > 0
}

function confirmed(record: TokenRecord, now: number, { token }: RefusedToken): string | undefined {
  return isConfirmed(record, now, token) ? token : undefined
}

/** WeCom has repeated the token when it is not to be renewed before its end. */
function whyRefused({ expiresAt, refreshAt }: TokenRecord): "sameTokenAgain" | "freshTokenRefused" {
  return expiresAt === refreshAt ? "sameTokenAgain" : "freshTokenRefused"
}

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
