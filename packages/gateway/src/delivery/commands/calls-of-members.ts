import { useridKey } from "@wecom-push/protocol"
import type { CallView, MessageReader } from "../../model/ports/reader.ts"

/**
 * Finds the call in which each of these members got the message. A member who is not found by name may be in a department or
 * a tag; these go out together in the first call that has any.
 */
export async function callsOfMembers(
  reader: Pick<MessageReader, "recipients">,
  messageId: string,
  userids: readonly string[],
  calls: readonly CallView[],
): Promise<{ readonly byCall: ReadonlyMap<number, readonly string[]>; readonly strangers: string[] }> {
  const wanted = new Map(userids.map((userid) => [useridKey(userid), userid]))
  const numbers = new Map(calls.flatMap(({ msgid, number }) => (msgid === undefined ? [] : [[msgid, number]])))
  const byCall = new Map<number, string[]>()
  const add = (call: number, userid: string): void => void byCall.set(call, [...(byCall.get(call) ?? []), userid])
  let callOfGroups: number | undefined
  let cursor: string | undefined
  do {
    const page = await reader.recipients({ messageId, limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    for (const { type, userid, msgid } of page.items) {
      const call = msgid === undefined ? undefined : numbers.get(msgid)
      if (call === undefined) continue
      if (GROUPS.has(type)) callOfGroups ??= call
      const found = userid === undefined ? undefined : wanted.get(useridKey(userid))
      if (userid === undefined || found === undefined) continue
      wanted.delete(useridKey(userid))
      add(call, found)
    }
    cursor = wanted.size === 0 ? undefined : page.nextCursor
  } while (cursor !== undefined)
  const strangers = [...wanted.values()]
  if (callOfGroups === undefined) return { byCall, strangers }
  for (const userid of strangers) add(callOfGroups, userid)
  return { byCall, strangers: [] }
}

const GROUPS: ReadonlySet<string> = new Set(["department", "tag", "all"])
