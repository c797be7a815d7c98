import { MEDIA_LIFETIME_SECONDS } from "../limits.ts"

/**
 * For how long new messages use the id of an uploaded file. WeCom keeps it for three days; the margin is longer than
 * the window in which a call whose answer was lost is repeated (4 h), and longer than a message waits between upload
 * and send.
 */
const REUSED_FOR_MS = (MEDIA_LIFETIME_SECONDS - 6 * 3600) * 1000

/** @param uploadedAt when the upload began, milliseconds since 1970 */
export function isMediaReusable(uploadedAt: number, now: number): boolean {
  return now < uploadedAt + REUSED_FOR_MS
}
