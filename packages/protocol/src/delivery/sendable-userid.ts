import { checkUserid } from "../address.ts"

/**
 * Whether a userid from outside may be put into `touser`. WeCom's answers and cached records are not trusted for this:
 * an `@all` or a bar in them would address people who were not named.
 */
export function isSendableUserid(userid: unknown): userid is string {
  if (typeof userid !== "string") return false
  const fault = checkUserid(userid)
  return fault === undefined || (fault === "bad_character" && userid.trim() === userid)
}
