/** As far as it tells whether somebody has changed it. The time tells it from one of the same name before it. */
export interface Versioned {
  readonly version: number
  readonly createdAt?: number
}

/**
 * Whether a change may be made to what there is now. Asked in the transaction of the change, so that of two who have seen
 * the same version one is told.
 */
export type ExpectedVersion = (current: Versioned) => boolean

/** Why nothing was changed: there is no such thing, or it is another version than was expected. */
export type Unchanged = "unknown" | "stale"
