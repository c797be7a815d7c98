/**
 * A call has certainly ended this long after its start was stored, with or without an answer: it waits for a permit,
 * and a try takes fifteen seconds at most. Only where WeCom lets very few through at once (45033) may the permit take
 * longer.
 */
export const LONGEST_ATTEMPT_MS = 60_000
