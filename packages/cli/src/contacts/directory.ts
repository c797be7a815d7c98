import { checkMobile } from "@wecom-push/protocol"
import type { Department, Member, Tag, TagMembers, WeCom } from "@wecom-push/sdk"

/** The departments, members and tags that an app sees, read from WeCom or from a gateway. */
export interface Directory {
  departments(): Promise<readonly Department[]>
  members(wanted: MembersWanted): Promise<readonly Member[]>
  tags(): Promise<readonly Tag[]>
  /** The members and departments that have a tag. */
  tag(id: number): Promise<TagMembers>
}

interface MembersWanted {
  /** Only its direct members. */
  readonly department: number | undefined
  /** A part of a name or a userid, in any case, or a whole mobile. */
  readonly find: string | undefined
}

/** A directory that reads from WeCom. */
export function directoryOf(wecom: WeCom, signal: AbortSignal): Directory {
  return {
    departments: () => Array.fromAsync(wecom.departments({ signal })),
    async members({ department, find }) {
      const options = { signal, ...(department === undefined ? {} : { department }) }
      // WeCom does not show members' mobiles, but it finds a member by mobile.
      const byMobile =
        find === undefined || department !== undefined || checkMobile(find) !== undefined || !/^\+?\d{5,}$/.test(find)
          ? undefined
          : await wecom.useridByMobile(find, { signal, mobileCheck: "length" })
      const found: Member[] = []
      for await (const member of wecom.members(options)) {
        if (find === undefined || member.userid === byMobile || matches(member, find)) found.push(member)
      }
      return found
    },
    tags: () => Array.fromAsync(wecom.tags({ signal })),
    tag: (id) => wecom.tag(id, { signal }),
  }
}

/** Compares userids and names without case. */
function matches({ userid, name = "" }: Member, find: string): boolean {
  const wanted = find.toLowerCase()
  return userid.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted)
}
