import type { Audience } from "@wecom-push/sdk"
import type { SendFlags } from "../flags.ts"

/** From here on a gateway is worth its setting up. */
export const MANY_RECIPIENTS = 1000

/** Whether a send takes minutes, or is to be repeatable after an interruption. */
export function isLong(audience: Audience, { resume }: SendFlags): boolean {
  return resume !== undefined || countOf(audience) > MANY_RECIPIENTS
}

export function countOf(audience: Audience): number {
  if (audience.all === true) return 1
  return Object.values(audience).reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0)
}
