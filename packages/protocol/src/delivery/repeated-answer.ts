import { lookUpErrcode } from "../errcodes.ts"

/** A `task_id` that WeCom knows already. */
export const TASK_ID_KNOWN = 42014

/** A `media_id` that is not valid, mostly because its three days are over. */
export const MEDIA_GONE: ReadonlySet<number> = new Set([40007, 40145])

/**
 * After a try whose answer was lost: does the answer to a repeat hold for the lost one too? Acceptance does, and so does a
 * refusal that lies in the request itself. 42014 does not: a card's `task_id` is known to WeCom just because the lost try
 * came through. Nor do 40007 and 40145: a file's three days may have ended in between.
 */
export function tellsOfAllTries(errcode: number): boolean {
  if (errcode === 0) return true
  if (errcode === TASK_ID_KNOWN || MEDIA_GONE.has(errcode)) return false
  const entry = lookUpErrcode(errcode)
  return entry?.class === "request" || entry?.class === "recipient"
}
