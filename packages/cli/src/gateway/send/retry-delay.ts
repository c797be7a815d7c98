import type { GatewayError } from "../gateway-error.ts"
import { mayMend } from "../gateway-error.ts"

/** A gateway that is started anew is back within them. */
const delaysMs = [500, 1000, 2000] as const
/** Where a gateway asks for more, the command reports the error to the user. */
const longestDelayMs = 10_000

/** How long to wait before asking again; undefined when that would not help. @param attempt from 0 */
export function retryDelayMs(error: GatewayError, attempt: number): number | undefined {
  const delayMs = Math.max(delaysMs[attempt] ?? Infinity, (error.retryAfterSeconds ?? 0) * 1000)
  return mayMend(error) && delayMs <= longestDelayMs ? delayMs : undefined
}
