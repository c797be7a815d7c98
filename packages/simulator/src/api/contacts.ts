import type { App, Member } from "../org/types.ts"
import type { World } from "../world.ts"
import { bodyInteger, bodyText, mustRefuseJson, queryText, refuse, type ApiAnswer, type ApiCall } from "./call.ts"

/** The visible departments at and below `id`, or all of them. @see wecom document 95350 */
export function departmentSimplelist(world: World, call: ApiCall, app: App): ApiAnswer {
  const found = visibleTree(world, call, app)
  if ("errcode" in found) return found
  const department_id = found.map((one) => ({ id: one.id, parentid: one.parentid, order: one.order }))
  return { errcode: 0, department_id }
}

/** The older call, with names. @see wecom document 90208 */
export function departmentList(world: World, call: ApiCall, app: App): ApiAnswer {
  const found = visibleTree(world, call, app)
  return "errcode" in found ? found : { errcode: 0, department: found }
}

/** @see wecom document 95351 */
export function departmentGet(world: World, call: ApiCall, app: App): ApiAnswer {
  if (queryText(call.query, "id") === "") return refuse(41019)
  const found = visibleTree(world, call, app)
  if ("errcode" in found) return found
  const department = found.find(({ id }) => id === Number(queryText(call.query, "id")))
  return department === undefined ? refuse(60011) : { errcode: 0, department }
}

interface DepartmentDetails {
  readonly id: number
  readonly name: string
  readonly name_en: string
  readonly department_leader: readonly string[]
  readonly parentid: number
  readonly order: number
}

/** The departments at and below the `id` of the query, or all, as far as the app sees them. */
function visibleTree(world: World, call: ApiCall, app: App): readonly DepartmentDetails[] | ApiAnswer {
  const range = world.org.visibleRange(app)
  const id = queryText(call.query, "id")
  if (id !== "" && !isKnownId(id, (known) => world.org.department(known))) return refuse(60003)
  const tree = id === "" ? undefined : world.org.departmentTree([Number(id)])
  const visible = world.org.document.departments.filter(
    (one) => range.seesDepartment(one.id) && (tree === undefined || tree.has(one.id)),
  )
  if (id !== "" && visible.length === 0) return refuse(60011)
  return visible.map(({ id, name, parentid }, index) => ({
    id,
    name,
    name_en: "",
    department_leader: [],
    parentid,
    order: visible.length - index,
  }))
}

/** Direct members of a department. @see wecom document 90200 */
export function userSimplelist(world: World, call: ApiCall, app: App): ApiAnswer {
  const members = membersOfVisible(world, call, app)
  if ("errcode" in members) return members
  const userlist = members.map(({ userid, name, departments }) => ({ userid, name, department: departments }))
  return { errcode: 0, userlist }
}

/** The same with details. @see wecom document 90201 */
export function userList(world: World, call: ApiCall, app: App): ApiAnswer {
  const members = membersOfVisible(world, call, app)
  if ("errcode" in members) return members
  return { errcode: 0, userlist: members.map((member) => detailsOf(world, member)) }
}

function membersOfVisible(world: World, call: ApiCall, app: App): readonly Member[] | ApiAnswer {
  const id = queryText(call.query, "department_id")
  if (id === "") return refuse(41019)
  if (!isKnownId(id, (known) => world.org.department(known))) return refuse(60003)
  if (!world.org.visibleRange(app).seesDepartment(Number(id))) return refuse(60011)
  return world.org.membersOf(Number(id))
}

const MAX_IDS_PER_PAGE = 10_000

/** Everybody, once for each department. @see wecom document 96067 */
export function userListId(world: World, call: ApiCall, _app: App): ApiAnswer {
  const cursor = bodyText(call, "cursor")
  const limit = call.body["limit"] === undefined ? MAX_IDS_PER_PAGE : (bodyInteger(call, "limit") ?? 0)
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (limit < 1 || limit > MAX_IDS_PER_PAGE) return refuse(40058)
  const all = world.org.document.members.flatMap(({ userid, departments }) =>
    departments.map((department) => ({ userid, department })),
  )
  const start = cursor === "" ? 0 : readCursor(cursor)
  if (start === undefined || start > all.length) return refuse(50100)
  const end = start + limit
  const next_cursor = end < all.length ? Buffer.from(`${CURSOR_MARK}${end}`).toString("base64url") : ""
  return { errcode: 0, next_cursor, dept_user: all.slice(start, end) }
}

const CURSOR_MARK = "after "

function readCursor(cursor: string): number | undefined {
  const [, place] = /^after (\d{1,9})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? []
  return place === undefined ? undefined : Number(place)
}

/** @see wecom document 90196 */
export function userGet(world: World, call: ApiCall, app: App): ApiAnswer {
  const userid = queryText(call.query, "userid")
  if (userid === "") return refuse(41009)
  const member = world.org.member(userid)
  if (member === undefined || !world.org.visibleRange(app).seesMember(member)) return refuse(60111)
  return { errcode: 0, ...detailsOf(world, member) }
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

/** Mobile and email are left out, because an app made after 2022-06-20 does not get them. */
function detailsOf({ settings }: World, member: Member): Record<string, unknown> {
  const { userid, name, departments, alias, mobile, email } = member
  return {
    userid,
    name,
    department: departments,
    order: departments.map(() => 0),
    position: "",
    ...(settings.member_contact_details ? { mobile, email } : {}),
    is_leader_in_dept: departments.map(() => 0),
    direct_leader: [],
    main_department: departments[0] ?? 0,
    alias,
    telephone: "",
    status: 1,
    extattr: { attrs: [] },
  }
}
