/**
 * The record of one (corp, secret): the token, and how soon WeCom may be asked again.
 * Plain JSON, so that any store can keep it.
 */
export interface TokenRecord {
  /** Absent after a refused gettoken. */
  readonly token?: string
  /** Milliseconds since 1970, from `expires_in` of the answer that brought the token. */
  readonly expiresAt?: number
  /** When to look for the next one: 5 minutes before the end, or the end itself once WeCom has repeated this token. */
  readonly refreshAt?: number
  /**
   * With `refusal`: no gettoken before this moment, 60 s after a refused one or after a call's second refusal. Without
   * it: gettoken gave out this token after a refusal, and until this moment that is evidence that the token lives.
   */
  readonly notBefore?: number
  /**
   * The refusal that `notBefore` stems from, so that a later process can repeat it instead of asking again. `api` is
   * `gettoken`, or the call that was refused again with what gettoken had just given out.
   */
  readonly refusal?: { readonly errcode: number; readonly errmsg: string; readonly api: string }
}

/**
 * Where tokens are kept. Keys are opaque and hold no secret (a hash of base URL, corp and secret).
 * `exclusively` keeps two holders of one store from fetching at once; without it a store is safe in one process only.
 */
export interface TokenStore {
  get(key: string): Promise<TokenRecord | undefined>
  set(key: string, record: TokenRecord): Promise<void>
  /** `signal`: no caller waits for this turn any more. A store that heeds it takes nothing that it would have to give back. */
  exclusively?<T>(key: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T>
}
