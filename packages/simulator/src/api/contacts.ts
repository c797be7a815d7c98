import type { App, Member } from "../org/types.ts"
import type { World } from "../world.ts"
import { queryText, refuse, type ApiAnswer, type ApiCall } from "./call.ts"

/** The visible departments at and below `id`, or all of them. @see wecom document 95350 */
export function departmentSimplelist(world: World, call: ApiCall, app: App): ApiAnswer {
  const range = world.org.visibleRange(app)
  const id = queryText(call.query, "id")
  if (id !== "" && !isKnownId(id, (known) => world.org.department(known))) return refuse(60003)
  const tree = id === "" ? undefined : world.org.departmentTree([Number(id)])
  const visible = world.org.document.departments.filter(
    (one) => range.seesDepartment(one.id) && (tree === undefined || tree.has(one.id)),
  )
  if (id !== "" && visible.length === 0) return refuse(60011)
  const department_id = visible.map(({ id, parentid }, index) => ({ id, parentid, order: visible.length - index }))
  return { errcode: 0, department_id }
}

/** Direct members of a department. @see wecom document 90200 */
export function userSimplelist(world: World, call: ApiCall, app: App): ApiAnswer {
  const range = world.org.visibleRange(app)
  const id = queryText(call.query, "department_id")
  if (id === "") return refuse(41019)
  if (!isKnownId(id, (known) => world.org.department(known))) return refuse(60003)
  if (!range.seesDepartment(Number(id))) return refuse(60011)
  const userlist = world.org
    .membersOf(Number(id))
    .map(({ userid, name, departments }) => ({ userid, name, department: departments }))
  return { errcode: 0, userlist }
}

/** Without the fields that an app made after 2022-06-20 does not get. @see wecom document 90196 */
export function userGet(world: World, call: ApiCall, app: App): ApiAnswer {
  const userid = queryText(call.query, "userid")
  if (userid === "") return refuse(41009)
  const member = world.org.member(userid)
  if (member === undefined || !world.org.visibleRange(app).seesMember(member)) return refuse(60111)
  return { errcode: 0, ...detailsOf(member) }
}

/** @see wecom document 90216 */
export function tagList(world: World, _call: ApiCall, app: App): ApiAnswer {
  const range = world.org.visibleRange(app)
  const tags = world.org.document.tags.filter((tag) => range.seesTag(tag))
  return { errcode: 0, taglist: tags.map(({ id, name }) => ({ tagid: id, tagname: name })) }
}

/** @see wecom document 90213 */
export function tagGet(world: World, call: ApiCall, app: App): ApiAnswer {
  const range = world.org.visibleRange(app)
  const id = queryText(call.query, "tagid")
  if (id === "") return refuse(41017)
  const tag = isKnownId(id, (known) => world.org.tag(known)) ? world.org.tag(Number(id)) : undefined
  if (tag === undefined) return refuse(40068)
  if (!range.seesTag(tag)) return refuse(60011)
  const members = tag.members.map((userid) => world.org.member(userid)).filter((member) => member !== undefined)
  return {
    errcode: 0,
    tagname: tag.name,
    userlist: members.filter((one) => range.seesMember(one)).map(({ userid, name }) => ({ userid, name })),
    partylist: tag.departments.filter((department) => range.seesDepartment(department)),
  }
}

function isKnownId(text: string, find: (id: number) => unknown): boolean {
  return /^\d{1,15}$/.test(text) && find(Number(text)) !== undefined
}

function detailsOf({ userid, name, departments, alias }: Member): Record<string, unknown> {
  return {
    userid,
    name,
    department: departments,
    order: departments.map(() => 0),
    position: "",
    is_leader_in_dept: departments.map(() => 0),
    direct_leader: [],
    main_department: departments[0] ?? 0,
    alias,
    telephone: "",
    status: 1,
    extattr: { attrs: [] },
  }
}
