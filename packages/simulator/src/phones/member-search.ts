import type { Org } from "../org/org.ts"
import type { Member } from "../org/types.ts"

export interface MemberPage {
  readonly members: readonly Member[]
  /** How many fit the query in all. */
  readonly total: number
  /** The userid to go on after, or null at the end. */
  readonly next: string | null
}

export interface MemberQuery {
  /** Part of a name, userid, mobile or department name, in any case. Empty: everybody. */
  readonly query: string
  readonly limit: number
  /** The last userid of the page before. */
  readonly after: string
}

/** Members in the order of the organisation, a page at a time. */
export function searchMembers(org: Org, { query, limit, after }: MemberQuery): MemberPage {
  const fits = matcher(org, query.trim().toLowerCase())
  const members: Member[] = []
  let total = 0
  let started = after === ""
  for (const member of org.document.members) {
    if (fits(member)) {
      total++
      if (started && members.length <= limit) members.push(member)
    }
    if (!started) started = member.userid === after
  }
  const isMore = members.length > limit
  if (isMore) members.pop()
  return { members, total, next: isMore ? (members.at(-1)?.userid ?? null) : null }
}

function matcher(org: Org, query: string): (member: Member) => boolean {
  if (query === "") return () => true
  const departments = org.document.departments.filter(({ name }) => name.toLowerCase().includes(query))
  const inThem = new Set(departments.map(({ id }) => id))
  return ({ userid, name, mobile, departments }) =>
    mobile.includes(query) ||
    userid.toLowerCase().includes(query) ||
    name.toLowerCase().includes(query) ||
    departments.some((id) => inThem.has(id))
}
