import type { Department, Member, OrgDocument } from "../../../../src/org/types.ts"

/** A department in the tree, with how far down it is and how many members it has with those below. */
export interface DepartmentRow {
  readonly id: number
  readonly name: string
  readonly depth: number
  readonly count: number
}

/** Parents before their children, in the order of the document. */
export function departmentRows({ departments, members }: OrgDocument): readonly DepartmentRow[] {
  const children = Map.groupBy(departments, ({ parentid }) => parentid)
  const within = membersWithin(departments, members)
  const rowsBelow = (parentid: number, depth: number): DepartmentRow[] =>
    (children.get(parentid) ?? []).flatMap(({ id, name }) => [
      { id, name, depth, count: within.get(id)?.size ?? 0 },
      ...rowsBelow(id, depth + 1),
    ])
  return rowsBelow(0, 0)
}

/** The members of a department and of those below it. */
function membersWithin(departments: readonly Department[], members: readonly Member[]): Map<number, Set<Member>> {
  const parents = new Map(departments.map(({ id, parentid }) => [id, parentid]))
  const within = new Map<number, Set<Member>>()
  for (const member of members) {
    for (const department of member.departments) {
      for (let id: number | undefined = department; id !== undefined && id !== 0; id = parents.get(id)) {
        const there = within.get(id) ?? new Set()
        within.set(id, there.add(member))
      }
    }
  }
  return within
}

/**
 * The members that fit.
 * @param department with those below it; undefined for all
 * @param query part of a name, userid or mobile
 */
export function membersIn(org: OrgDocument, department: number | undefined, query: string): readonly Member[] {
  const there = department === undefined ? undefined : membersWithin(org.departments, org.members).get(department)
  const wanted = query.trim().toLowerCase()
  return org.members.filter(
    (member) =>
      (department === undefined || there?.has(member) === true) &&
      [member.name, member.userid, member.mobile].some((text) => text.toLowerCase().includes(wanted)),
  )
}
