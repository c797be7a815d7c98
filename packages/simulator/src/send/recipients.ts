import type { Org } from "../org/org.ts"
import type { App } from "../org/types.ts"
import type { SendRequest } from "./read-request.ts"

/** The members that a message reaches, and the addresses that it does not. */
export interface Recipients {
  /** The userids as the organisation spells them, each once. May be a shared frozen list. */
  readonly userids: readonly string[]
  /** Lower case, as WeCom answers them. */
  readonly invalidUsers: readonly string[]
  readonly invalidParties: readonly string[]
  readonly invalidTags: readonly string[]
  /** Members who were named but have no licence. Members without one in a named department or tag are skipped. */
  readonly unlicensedUsers: readonly string[]
  /** No valid address is left; an empty department would be one. */
  readonly nobodyLeft: boolean
}

const EVERYBODY = "@all"
const NONE: readonly string[] = []

export function findRecipients(org: Org, app: App, request: SendRequest, subdepartments: boolean): Recipients {
  const range = org.visibleRange(app)
  if (isToEverybody(request)) return onlyGood(range.everybody())

  const invalidUsers: string[] = []
  const unlicensedUsers: string[] = []
  const named: string[] = []
  for (const userid of request.touser) {
    const member = org.member(userid)
    if (member === undefined || !range.seesMember(member)) invalidUsers.push(userid.toLowerCase())
    else if (member.licensed) named.push(member.userid)
    else unlicensedUsers.push(member.userid.toLowerCase())
  }

  const invalidParties: string[] = []
  const groups: (readonly string[])[] = []
  for (const item of request.toparty) {
    const id = readId(item)
    if (range.seesDepartment(id)) groups.push(range.inDepartment(id, subdepartments))
    else invalidParties.push(item)
  }

  const invalidTags: string[] = []
  for (const item of request.totag) {
    const tag = org.tag(readId(item))
    if (tag !== undefined && range.seesTag(tag)) groups.push(range.inTag(tag))
    else invalidTags.push(item)
  }

  return {
    userids: union(named, groups),
    invalidUsers: unique(invalidUsers),
    invalidParties: unique(invalidParties),
    invalidTags: unique(invalidTags),
    unlicensedUsers: unique(unlicensedUsers),
    nobodyLeft: named.length === 0 && groups.length === 0,
  }
}

/** Only `@all` alone counts; among other userids it is a userid that no member has. */
export function isToEverybody({ touser }: SendRequest): boolean {
  return touser.length === 1 && touser[0]?.toLowerCase() === EVERYBODY
}

/** For anything but an id: 0, which no department and no tag has. */
function readId(item: string): number {
  return /^\d+$/.test(item) ? Number(item) : 0
}

function onlyGood(userids: readonly string[]): Recipients {
  return {
    userids,
    invalidUsers: NONE,
    invalidParties: NONE,
    invalidTags: NONE,
    unlicensedUsers: NONE,
    nobodyLeft: userids.length === 0,
  }
}

/** When there is only one list it is returned itself, so that a message to a large department needs no copy. */
function union(named: readonly string[], groups: readonly (readonly string[])[]): readonly string[] {
  const [onlyGroup] = groups
  if (named.length === 0 && groups.length === 1 && onlyGroup !== undefined) return onlyGroup
  if (groups.length === 0 && named.length < 2) return named
  return [...new Set([...named, ...groups.flat()])]
}

function unique(items: readonly string[]): readonly string[] {
  return items.length < 2 ? items : [...new Set(items)]
}
