/** The prefix of the ids of the gateway's files; WeCom's ids never have it. */
export const MEDIUM_PREFIX = "med_"

export function isMediumId(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(MEDIUM_PREFIX)
}
