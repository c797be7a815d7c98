/**
 * So long after it was written down that a call begins, it has ended, with an answer or without: it waits its turn, and a
 * try takes fifteen seconds at most. Only where WeCom lets through very few at once (45033) a turn may be longer in coming.
 */
export const LONGEST_ATTEMPT_MS = 60_000
