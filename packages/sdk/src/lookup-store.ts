/** A remembered answer of `user/getuserid` or `get_userid_by_email`. `userid` is null for a miss. */
export interface LookupRecord {
  readonly userid: string | null
  /** Milliseconds since 1970. */
  readonly storedAt: number
}

/** Look-ups of a corp that WeCom has closed (45009): until when, and how often in a row, which sets the next pause. */
export interface LookupPause {
  readonly until: number
  readonly step: 1 | 2 | 3
}

/** Where look-ups are kept. Keys are opaque and hold neither secret nor number (a hash). */
export interface LookupStore {
  get(keys: readonly string[]): Promise<(LookupRecord | undefined)[]>
  set(entries: readonly (readonly [key: string, record: LookupRecord])[]): Promise<void>
  getPause(key: string): Promise<LookupPause | undefined>
  setPause(key: string, pause: LookupPause): Promise<void>
}
