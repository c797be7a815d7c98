/**
 * The record of one (corp, secret): the token, and how soon WeCom may be asked again.
 * Plain JSON, so that any store can keep it.
 */
export interface TokenRecord {
  /** Absent after a refused gettoken. */
  readonly token?: string
  /** Milliseconds since 1970, computed from `expires_in` of the answer that brought the token. */
  readonly expiresAt?: number
  /** When to fetch the next token: 5 minutes before the end, or at the end once WeCom has repeated this token. */
  readonly refreshAt?: number
  /**
   * With `refusal`: no gettoken before this time, 60 s after a refused gettoken or after a call's second refusal.
   * Without `refusal`: gettoken returned this token after a refusal, and until this time it counts as valid.
   */
  readonly notBefore?: number
  /**
   * The refusal that set `notBefore`, so that a later process can report it instead of asking again. `api` is
   * `gettoken`, or the call that was refused again with the token that gettoken had just returned.
   */
  readonly refusal?: { readonly errcode: number; readonly errmsg: string; readonly api: string }
}

/**
 * Where tokens are kept. Keys are opaque and hold no secret (a hash of base URL, corp and secret). `exclusively` keeps
 * two users of one store from fetching at once; without it a store is safe in one process only.
 */
export interface TokenStore {
  get(key: string): Promise<TokenRecord | undefined>
  set(key: string, record: TokenRecord): Promise<void>
  /**
   * `signal` aborts when no caller waits for this turn any more. A store that heeds it takes no lock that it would have
   * to release.
   */
  exclusively?<T>(key: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T>
}
