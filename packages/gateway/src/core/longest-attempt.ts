/** So long after it was written down that a call begins, it has ended, with an answer or without: no try takes longer. */
export const LONGEST_ATTEMPT_MS = 60_000
