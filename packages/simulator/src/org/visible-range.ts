import type { App, Member, Tag } from "./types.ts"

/** Finds departments, tags and members. */
export interface OrgIndex {
  tag(id: number): Tag | undefined
  member(userid: string): Member | undefined
  /** The departments themselves first, then all below them. */
  departmentTree(ids: Iterable<number>): Set<number>
  /** Direct members only. */
  membersOf(departmentId: number): readonly Member[]
}

/** What one app may see: departments with all below them, single members, members of tags. */
export class VisibleRange {
  readonly #org: OrgIndex
  readonly #departments: ReadonlySet<number>
  readonly #members: ReadonlySet<Member>
  readonly #tags: ReadonlySet<number>
  readonly #lists = new Map<string, readonly string[]>()

  constructor(org: OrgIndex, app: App) {
    this.#org = org
    const tags = app.visible.tags.map((id) => org.tag(id)).filter((tag) => tag !== undefined)
    this.#departments = org.departmentTree(app.visible.departments)
    this.#tags = new Set(app.visible.tags)
    this.#members = new Set([
      ...app.visible.members.map((userid) => org.member(userid)).filter((member) => member !== undefined),
      ...tags.flatMap((tag) => membersOfTag(org, tag)),
      ...Array.from(this.#departments, (id) => org.membersOf(id)).flat(),
    ])
  }

  seesMember(member: Member): boolean {
    return this.#members.has(member)
  }

  seesDepartment(id: number): boolean {
    return this.#departments.has(id)
  }

  /** An app sees a tag when its range names the tag or contains everybody in it. */
  seesTag(tag: Tag): boolean {
    return this.#tags.has(tag.id) || membersOfTag(this.#org, tag).every((member) => this.#members.has(member))
  }

  /** The userids of everybody with a licence; the same frozen list every time, so that it is shared and not copied. */
  everybody(): readonly string[] {
    return this.#listOnce("all", () => this.#members)
  }

  /** The userids with a licence in a department that this range sees. */
  inDepartment(id: number, withSubdepartments: boolean): readonly string[] {
    return this.#listOnce(`${id}/${withSubdepartments}`, () => {
      const departments = withSubdepartments ? this.#org.departmentTree([id]) : [id]
      return Array.from(departments, (one) => this.#org.membersOf(one)).flat()
    })
  }

  /** The userids with a licence in a tag that this range sees. */
  inTag(tag: Tag): readonly string[] {
    return this.#listOnce(`tag ${tag.id}`, () => membersOfTag(this.#org, tag))
  }

  #listOnce(name: string, members: () => Iterable<Member>): readonly string[] {
    let list = this.#lists.get(name)
    if (list === undefined) {
      const licensed = Array.from(members()).filter((member) => member.licensed && this.#members.has(member))
      list = Object.freeze([...new Set(licensed.map((member) => member.userid))])
      this.#lists.set(name, list)
    }
    return list
  }
}

function membersOfTag(org: OrgIndex, tag: Tag): Member[] {
  const named = tag.members.map((userid) => org.member(userid)).filter((member) => member !== undefined)
  const departments = [...org.departmentTree(tag.departments)]
  return [...named, ...departments.flatMap((id) => org.membersOf(id))]
}
