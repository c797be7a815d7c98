import type { KeyRecord } from "./ports/keys.ts"

/** Whether a key may call a path: the call is passed on to WeCom, or the reason why it is not. */
export type ForwardDecision = "passes" | "never" | "not_listed" | "unreadable"

/**
 * Whether a call is passed on to WeCom. A key lists paths in `forward`, exact or ending in `*`; scopes bring the reads that
 * programs need most. A path that changes something, or answers a credential, passes only where its own name is listed: the
 * author of `user/*` does not mean `user/delete`.
 * @param path below `/cgi-bin/`, as it came
 */
export function decideForward(
  path: string,
  { scopes, forward }: Pick<KeyRecord, "scopes" | "forward">,
): ForwardDecision {
  if (!path.split("/").every((part) => PLAIN_PART.test(part))) return "unreadable"
  if (isOurs(path)) return "never"
  if (forward.includes(path)) return "passes"
  if (scopes.includes("contacts") && CONTACT_READS.has(path)) return "passes"
  if (scopes.includes("media") && MEDIA_CALLS.has(path)) return "passes"
  if (CREDENTIAL.test(path) || !READS.test(path.slice(path.lastIndexOf("/") + 1))) return "not_listed"
  return isListed(path, forward) ? "passes" : "not_listed"
}

/** Whether the list has the path itself, or an entry ending in `*` that covers it; `path` may end in `*` too. */
export function isListed(path: string, list: readonly string[]): boolean {
  return list.some((listed) => listed === path || (listed.endsWith("*") && path.startsWith(listed.slice(0, -1))))
}

/** The form of a path in a key's list. */
export const LISTED_PATH = /^(?:[a-z0-9_][a-z0-9_/]*\*?|\*)$/

/** A path that could never pass: listing it is a mistake. */
export function neverPasses(listed: string): boolean {
  return !listed.endsWith("*") && isOurs(listed)
}

/** No text that a server could read as another path: no dots, no escapes, no capitals. */
const PLAIN_PART = /^[a-z0-9_]+$/

/** Calls that the gateway does itself, with promises of its own, and those that would give WeCom's token away. */
function isOurs(path: string): boolean {
  return (
    path === "gettoken" ||
    (path.startsWith("message/") && path !== "message/get_statistics") ||
    /^(?:appchat|webhook)\//.test(path) ||
    path === "user/getuserid" ||
    path === "user/get_userid_by_email"
  )
}

const CREDENTIAL = /ticket|secret|token/

/** Recognises a read by the last part of its path. */
const READS = /^(?:get|list|simplelist|query|search|batch_?get|statistics?|convert)/

const CONTACT_READS: ReadonlySet<string> = new Set([
  "department/list",
  "department/simplelist",
  "user/get",
  "user/simplelist",
  "user/list_id",
  "tag/list",
  "tag/get",
])

const MEDIA_CALLS: ReadonlySet<string> = new Set(["media/get", "media/uploadimg"])
