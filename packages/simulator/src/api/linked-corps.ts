import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "@wecom-push/protocol"
import { MSGID_BYTES, randomId } from "../ids.ts"
import { isJsonObject } from "../json.ts"
import type { App, Department, LinkedCorp, LinkedMember } from "../org/types.ts"
import { checkPayload } from "../send/check-payload.ts"
import { readSendRequest } from "../send/read-request.ts"
import { findRecipients } from "../send/recipients.ts"
import { withCuts } from "../send/shown-body.ts"
import type { World } from "../world.ts"
import { bodyInteger, bodyText, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "./call.ts"

const SENDABLE: ReadonlySet<string> = new Set([
  "text",
  "image",
  "video",
  "file",
  "textcard",
  "news",
  "mpnews",
  "markdown",
  "miniprogram_notice",
])

/** Takes lists in place of joined strings, and `toall` in place of `@all`. @see wecom document 90250 */
export function sendToLinkedCorps(world: World, call: ApiCall, app: App): ApiAnswer {
  const lists = ["touser", "toparty", "totag"].map((name) => readTexts(call.body[name]))
  const reading = { ...call, body: withoutLists(call.body) }
  const request = readSendRequest(reading)
  call.jsonMistake = reading.jsonMistake
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (request.agentid === "absent") return refuse(41011)
  if (request.agentid !== app.agentid) return refuse(request.agentid === "invalid" ? 40056 : 301002)
  if (!SENDABLE.has(request.msgtype)) return refuse(40008)
  const [touser, toparty, totag] = lists
  if (touser === undefined || toparty === undefined || totag === undefined) return refuse(40035)
  const toAll = bodyInteger(call, "toall") === 1
  if (!toAll && touser.length + toparty.length + totag.length === 0) return refuse(world.settings.no_recipient_errcode)
  if (touser.length > MAX_USERS_PER_CALL) return refuse(40032)
  if (toparty.length > MAX_DEPARTMENTS_PER_CALL) return refuse(82002)
  if (totag.length > MAX_TAGS_PER_CALL) return refuse(82003)
  const payload = checkPayload(world, call, app, request)
  if (!("cuts" in payload)) return refuse(payload.errcode)

  const own = findRecipients(
    world.org,
    app,
    toAll
      ? { ...request, touser: ["@all"], toparty: [], totag: [] }
      : {
          ...request,
          touser: touser.filter((one) => !isLinked(one)),
          toparty: toparty.filter((one) => !isLinked(one)),
          totag,
        },
    world.settings.toparty_subdepartments,
  )
  const linked = findLinked(world.org.document.linked_corps, toAll ? "all" : { touser, toparty })
  const answer = {
    invaliduser: [...own.invalidUsers, ...own.unlicensedUsers, ...linked.invalidUsers],
    invalidparty: [...own.invalidParties, ...linked.invalidParties],
    invalidtag: own.invalidTags,
  }
  const userids = [...own.userids, ...linked.names]
  if (own.nobodyLeft && linked.names.length === 0) return { errcode: 81013, ...answer }
  const { app_person_times_per_day: personTimes } = world.settings.limits
  if (!world.personTimes.take(app.agentid, userids.length, personTimes, call.nowMs)) return refuse(45009)

  const { shown, dropped } = world.memberRate.admit(app.agentid, userids, world.settings.limits, call.nowMs)
  call.record.shown = shown
  call.record.dropped = dropped
  world.ledger.count("dropped", dropped.length)
  const sent = call.body[request.msgtype]
  const shownBody = withCuts(isJsonObject(sent) ? sent : {}, payload.cuts)
  world.ledger.show({
    msgid: randomId(MSGID_BYTES),
    agentid: app.agentid,
    msgtype: request.msgtype,
    atMs: call.nowMs,
    raw: call.raw,
    altered: shownBody === sent ? undefined : shownBody,
    shownTo: shown,
    taskId: undefined,
  })
  return { errcode: 0, ...answer }
}

/** The members and departments of other corps that the app may see, by the names that calls use. */
export function linkedPermissions(world: World, _call: ApiCall, _app: App): ApiAnswer {
  const corps = world.org.document.linked_corps
  return {
    errcode: 0,
    userids: corps.flatMap((corp) => corp.members.map((member) => memberName(corp, member))),
    department_ids: corps.flatMap((corp) => corp.departments.map((department) => departmentName(corp, department.id))),
  }
}

export function linkedDepartments(world: World, call: ApiCall, _app: App): ApiAnswer {
  const found = namedDepartment(world, call)
  if ("errcode" in found) return found
  const { corp, id } = found
  const department_list = corp.departments
    .filter((one) => one.id === id || isBelow(corp.departments, one, id))
    .map((one) => ({
      department_id: departmentName(corp, one.id),
      department_name: one.name,
      parentid: departmentName(corp, one.parentid),
      order: one.id,
    }))
  return { errcode: 0, department_list }
}

export function linkedMembers(world: World, call: ApiCall, _app: App): ApiAnswer {
  const found = namedDepartment(world, call)
  if ("errcode" in found) return found
  const { corp, id } = found
  const members = corp.members.filter(({ departments }) => departments.includes(id))
  return { errcode: 0, userlist: members.map((member) => briefOf(corp, member)) }
}

export function linkedMemberDetails(world: World, call: ApiCall, _app: App): ApiAnswer {
  const found = namedDepartment(world, call)
  if ("errcode" in found) return found
  const { corp, id } = found
  const members = corp.members.filter(({ departments }) => departments.includes(id))
  return { errcode: 0, userlist: members.map((member) => detailsOf(corp, member)) }
}

export function linkedMember(world: World, call: ApiCall, _app: App): ApiAnswer {
  const name = bodyText(call, "userid")
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (name === "") return refuse(41009)
  for (const corp of world.org.document.linked_corps) {
    const member = corp.members.find((one) => sameName(memberName(corp, one), name))
    if (member !== undefined) return { errcode: 0, user_info: detailsOf(corp, member) }
  }
  return refuse(60111)
}

function namedDepartment(world: World, call: ApiCall): { corp: LinkedCorp; id: number } | ApiAnswer {
  const name = bodyText(call, "department_id")
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (name === "") return refuse(41019)
  for (const corp of world.org.document.linked_corps) {
    const department = corp.departments.find(({ id }) => departmentName(corp, id) === name)
    if (department !== undefined) return { corp, id: department.id }
  }
  return refuse(60003)
}

function isBelow(departments: readonly Department[], department: Department, id: number): boolean {
  let at: Department | undefined = department
  // A tree is not deeper than its number of departments, so the loop ends even in a cycle.
  for (let steps = 0; at !== undefined && steps < departments.length; steps++) {
    const parentid: number = at.parentid
    if (parentid === id) return true
    at = departments.find((one) => one.id === parentid)
  }
  return false
}

function briefOf(corp: LinkedCorp, member: LinkedMember): Record<string, unknown> {
  const department = member.departments.map((id) => departmentName(corp, id))
  return { userid: member.userid, name: member.name, department, corpid: corp.corp_id }
}

function detailsOf(corp: LinkedCorp, member: LinkedMember): Record<string, unknown> {
  const more = { mobile: member.mobile, telephone: "", email: "", position: "", extattr: { attrs: [] } }
  return { ...briefOf(corp, member), ...more }
}

interface Linked {
  /** Such as `CORPID/zhangsan`. */
  readonly names: readonly string[]
  readonly invalidUsers: readonly string[]
  readonly invalidParties: readonly string[]
}

function findLinked(
  corps: readonly LinkedCorp[],
  wanted: "all" | { readonly touser: readonly string[]; readonly toparty: readonly string[] },
): Linked {
  const everybody = corps.flatMap((corp) =>
    corp.members.map((member) => ({ corp, member, name: memberName(corp, member) })),
  )
  if (wanted === "all") return { names: everybody.map(({ name }) => name), invalidUsers: [], invalidParties: [] }
  const names = new Set<string>()
  const invalidUsers: string[] = []
  const invalidParties: string[] = []
  for (const item of wanted.touser.filter(isLinked)) {
    const found = everybody.find(({ name }) => sameName(name, item))
    if (found === undefined) invalidUsers.push(item)
    else names.add(found.name)
  }
  for (const item of wanted.toparty.filter(isLinked)) {
    const corp = corps.find((one) => one.departments.some(({ id }) => departmentName(one, id) === item))
    const inIt = everybody.filter(({ corp, member }) =>
      member.departments.some((id) => departmentName(corp, id) === item),
    )
    if (corp === undefined) invalidParties.push(item)
    for (const { name } of inIt) names.add(name)
  }
  return { names: [...names], invalidUsers, invalidParties }
}

const memberName = (corp: LinkedCorp, { userid }: LinkedMember): string => `${corp.corp_id}/${userid}`
const departmentName = (corp: LinkedCorp, id: number): string => `${corp.linked_id}/${id}`
const isLinked = (item: string): boolean => item.includes("/")
const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Undefined for anything but a list of texts. */
function readTexts(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null || value === "") return []
  if (!Array.isArray(value)) return undefined
  return value.every((one) => typeof one === "string" || typeof one === "number") ? value.map(String) : undefined
}

/** The functions that read the rest expect joined strings and would misread the lists. */
function withoutLists(body: ApiCall["body"]): ApiCall["body"] {
  const { touser: _touser, toparty: _toparty, totag: _totag, ...rest } = body
  return rest
}
