import { checkUserid } from "../address.ts"

/**
 * May a userid from outside go into `touser`? WeCom's answers and cached records are not trusted with it: one
 * `@all` or a bar in them would address people who were not named.
 */
export function isSendableUserid(userid: unknown): userid is string {
  if (typeof userid !== "string") return false
  const fault = checkUserid(userid)
  return fault === undefined || (fault === "bad_character" && userid.trim() === userid)
}
