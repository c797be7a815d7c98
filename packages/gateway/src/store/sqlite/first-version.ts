/** The schema of 0.1.0, which is the oldest that is brought up to date. */
export const FIRST_VERSION = 18
