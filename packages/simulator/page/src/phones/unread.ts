import type { Conversation } from "../../../src/ledger.ts"
import type { Arrival } from "../../../src/phones/feed-events.ts"

/** The number of unread messages by userid and conversation. */
export type Unread = ReadonlyMap<string, ReadonlyMap<Conversation, number>>

export type UnreadAction =
  | { readonly kind: "arrived"; readonly arrivals: readonly Arrival[]; readonly seen: Seen }
  | ({ readonly kind: "seen" } & Seen)
  | { readonly kind: "reset" }

/** The part that is on the screen; with `conversation` null, all conversations of the phone. */
interface Seen {
  readonly userid: string
  readonly conversation: Conversation | null
}

/** Counts the messages that arrived, since the page was opened, on phones that were not on the screen. */
export function unreadReducer(unread: Unread, action: UnreadAction): Unread {
  if (action.kind === "reset") return new Map()
  if (action.kind === "seen") return withoutSeen(unread, action)
  return withArrivals(unread, action.arrivals, action.seen)
}

function withoutSeen(unread: Unread, { userid, conversation }: Seen): Unread {
  const byApp = unread.get(userid)
  if (byApp === undefined) return unread
  const rest = new Map(conversation === null ? [] : byApp)
  if (conversation !== null) rest.delete(conversation)
  const changed = new Map(unread)
  if (rest.size === 0) changed.delete(userid)
  else changed.set(userid, rest)
  return changed
}

function withArrivals(unread: Unread, arrivals: readonly Arrival[], seen: Seen): Unread {
  const changed = new Map(unread)
  for (const { userid, conversation, count } of arrivals) {
    if (userid === seen.userid && (seen.conversation === null || seen.conversation === conversation)) continue
    const byApp = new Map(changed.get(userid))
    changed.set(userid, byApp.set(conversation, (byApp.get(conversation) ?? 0) + count))
  }
  return changed
}
