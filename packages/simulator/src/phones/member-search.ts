import type { Ledger, SentMessage } from "../ledger.ts"
import type { Org } from "../org/org.ts"
import type { Member } from "../org/types.ts"

export interface MemberQuery {
  /** Part of a name, userid, mobile (however it is grouped) or department name, in any case. Empty: everybody. */
  readonly query: string
  /** How many to pass over. */
  readonly offset: number
  readonly limit: number
}

/** Members who got something come first, the newest at the top; then the others in the order of the organisation. */
export function searchMembers(
  org: Org,
  latest: LatestMessages,
  { query, offset, limit }: MemberQuery,
): { readonly members: readonly Member[]; readonly total: number } {
  const fits = matcher(org, query.trim().toLowerCase())
  const reached: { readonly member: Member; readonly turn: number }[] = []
  const others: Member[] = []
  for (const member of org.document.members) {
    if (!fits(member)) continue
    const turn = latest.get(member.userid)?.turn
    if (turn === undefined) others.push(member)
    else reached.push({ member, turn })
  }
  // Many may have got one message: those keep the organisation's order.
  reached.sort((a, b) => b.turn - a.turn)
  const total = reached.length + others.length
  const end = offset + limit
  const members = [
    ...reached.slice(offset, end).map(({ member }) => member),
    ...others.slice(Math.max(offset - reached.length, 0), Math.max(end - reached.length, 0)),
  ]
  return { members, total }
}

export type LatestMessages = ReadonlyMap<string, SentMessage>

/** The newest message of everybody who has one. */
export function latestMessages(ledger: Ledger): LatestMessages {
  const latest = new Map<string, SentMessage>()
  // A message to a whole department shares its list with the next one to it.
  const counted = new Set<readonly string[]>()
  for (const message of ledger.messagesNewestFirst()) {
    if (counted.has(message.shownTo)) continue
    counted.add(message.shownTo)
    for (const userid of message.shownTo) if (!latest.has(userid)) latest.set(userid, message)
  }
  return latest
}

function matcher(org: Org, query: string): (member: Member) => boolean {
  if (query === "") return () => true
  const number = query.replaceAll(/[\s-]/g, "").replace(/^\+86/, "")
  const departments = org.document.departments.filter(({ name }) => name.toLowerCase().includes(query))
  const inThem = org.departmentTree(departments.map(({ id }) => id))
  return ({ userid, name, mobile, departments }) =>
    (number !== "" && mobile.includes(number)) ||
    userid.toLowerCase().includes(query) ||
    name.toLowerCase().includes(query) ||
    departments.some((id) => inThem.has(id))
}
