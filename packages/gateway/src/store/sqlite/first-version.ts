/** The schema of 0.1.0, the oldest that is migrated. */
export const FIRST_VERSION = 18
