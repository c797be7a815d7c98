/** How ids of the gateway's files begin; WeCom's own look otherwise. */
export const MEDIUM_PREFIX = "med_"

export function isMediumId(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(MEDIUM_PREFIX)
}
