import { MEDIA_LIFETIME_SECONDS } from "../limits.ts"

/**
 * How long an uploaded file is named by further messages. WeCom keeps it for three days; the margin is longer than the
 * window in which a call whose answer was lost is repeated (4 h), and than a message waits on its way.
 */
const REUSED_FOR_MS = (MEDIA_LIFETIME_SECONDS - 6 * 3600) * 1000

/** @param uploadedAt when the upload began, milliseconds since 1970 */
export function isMediaReusable(uploadedAt: number, now: number): boolean {
  return now < uploadedAt + REUSED_FOR_MS
}
