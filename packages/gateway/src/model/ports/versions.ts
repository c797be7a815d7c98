/** Shows whether a record was changed. The time distinguishes it from an earlier one of the same name. */
export interface Versioned {
  readonly version: number
  readonly createdAt?: number
}

/**
 * Whether a change may be made to the present record. Checked in the transaction of the change, so that of two callers
 * who have seen the same version one is refused.
 */
export type ExpectedVersion = (current: Versioned) => boolean

/** Why nothing was changed: the record is unknown, or has another version than expected. */
export type Unchanged = "unknown" | "stale"
