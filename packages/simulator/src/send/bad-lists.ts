import type { Settings } from "../settings.ts"
import type { Recipients } from "./recipients.ts"

type Lists = Record<string, string | readonly string[]>

/** The members of an answer that name who was left out. @see wecom document 90236 */
export function badLists(recipients: Recipients, form: Settings["invalid_on_failure"], whenEmptyToo: boolean): Lists {
  const lists: Lists = {}
  if (form === "none") return lists
  const add = (name: string, items: readonly string[]): void => {
    if (items.length > 0 || whenEmptyToo) lists[name] = form === "array" ? items : items.join("|")
  }
  add("invaliduser", recipients.invalidUsers)
  add("invalidparty", recipients.invalidParties)
  add("invalidtag", recipients.invalidTags)
  add("unlicenseduser", recipients.unlicensedUsers)
  return lists
}
