import { isIP } from "node:net"
import { checkEmail, checkMobile, isUserid, useridKey } from "@wecom-push/protocol"
import type { BadField } from "../control/bad-field.ts"
import { Fields } from "../control/fields.ts"
import { seedOrg } from "./seed.ts"
import { ROBOT_STATES } from "./types.ts"
import type {
  App,
  Bot,
  BotGroup,
  Callback,
  Chat,
  Department,
  LinkedCorp,
  LinkedMember,
  Member,
  OrgDocument,
  Robot,
  Tag,
  VisibleRange,
} from "./types.ts"

/**
 * Reads an organisation and finds every fault in it. A part that is left out is taken from the seed organisation, as
 * far as it fits; other fields have defaults. `org` is only valid when there are no bad fields.
 * @param before the members so far: one who is missing now also leaves the groups of robots, as in WeCom
 */
export function parseOrg(input: unknown, before: readonly Member[] = []): { org: OrgDocument; badFields: BadField[] } {
  const badFields: BadField[] = []
  const fields = new Fields(input, "", badFields)
  fields.refuseOthers(ORG_FIELDS)
  const seed = seedOrg()
  const departments = fields.objects("departments")?.map(readDepartment) ?? seed.departments
  const rootId = departments.find(({ parentid }) => parentid === 0)?.id ?? 1
  const members = fields.objects("members")?.map((one) => readMember(one, rootId)) ?? seed.members
  const tags = fields.objects("tags")?.map(readTag) ?? seed.tags.map((tag) => pruned(tag, departments, members))
  const seedApps = seed.apps.map((app) => ({ ...app, visible: prunedRange(app.visible, departments, members, tags) }))
  const gone = (earlier: readonly Member[]): ReadonlySet<string> => goneFrom(members, earlier)
  const org: OrgDocument = {
    corp_id: fields.has("corp_id") ? fields.neededText("corp_id") : seed.corp_id,
    member_cap: fields.integer("member_cap", 1) ?? Math.max(seed.member_cap, members.length),
    trusted_ips: fields.texts("trusted_ips") ?? seed.trusted_ips,
    contact_secret: fields.has("contact_secret") ? fields.neededText("contact_secret") : seed.contact_secret,
    departments,
    members,
    tags,
    apps: fields.objects("apps")?.map(readApp) ?? seedApps,
    chats:
      fields.objects("chats")?.map((one) => chatWithout(gone(before), readChat(one))) ??
      seed.chats.map((chat) => chatWithout(gone(seed.members), chat)),
    robots:
      fields.objects("robots")?.map((one) => robotWithout(gone(before), readRobot(one))) ??
      seed.robots.map((robot) => robotWithout(gone(seed.members), robot)),
    linked_corps: fields.objects("linked_corps")?.map(readLinkedCorp) ?? seed.linked_corps,
    bots:
      fields.objects("bots")?.map((one) => botWithout(gone(before), readBot(one))) ??
      seed.bots.map((bot) => botWithout(gone(seed.members), bot)),
  }
  checkTogether(org, fields)
  return { org, badFields }
}

const ORG_FIELDS = new Set([
  "corp_id",
  "member_cap",
  "trusted_ips",
  "contact_secret",
  "departments",
  "members",
  "tags",
  "apps",
  "chats",
  "robots",
  "linked_corps",
  "bots",
])
const DEPARTMENT_FIELDS = new Set(["id", "name", "parentid"])
const MEMBER_FIELDS = new Set([
  "userid",
  "name",
  "mobile",
  "email",
  "personal_email",
  "alias",
  "departments",
  "licensed",
])
const TAG_FIELDS = new Set(["id", "name", "members", "departments"])
const APP_FIELDS = new Set([
  "agentid",
  "name",
  "description",
  "secret",
  "visible",
  "miniprograms",
  "callback",
  "enabled",
])
const VISIBLE_FIELDS = new Set(["departments", "members", "tags"])
const CALLBACK_FIELDS = new Set(["url", "token", "encoding_aes_key", "aes_key"])
const CHAT_FIELDS = new Set(["chatid", "name", "agentid", "owner", "members", "disbanded"])
const ROBOT_FIELDS = new Set(["key", "name", "members", "state"])
const LINKED_CORP_FIELDS = new Set(["linked_id", "corp_id", "name", "departments", "members"])
const LINKED_MEMBER_FIELDS = new Set(["userid", "name", "mobile", "departments"])
const BOT_FIELDS = new Set(["bot_id", "secret", "name", "opened_by", "groups"])
const GROUP_FIELDS = new Set(["chatid", "name", "members"])

/** The seed's tags and apps, without the departments and members that this organisation does not have. */
function pruned<T extends Pick<Tag, "members" | "departments">>(
  part: T,
  departments: readonly Department[],
  members: readonly Member[],
): T {
  return {
    ...part,
    departments: part.departments.filter((id) => departments.some((one) => one.id === id)),
    members: part.members.filter((userid) => members.some((one) => one.userid === userid)),
  }
}

function prunedRange(
  range: VisibleRange,
  departments: readonly Department[],
  members: readonly Member[],
  tags: readonly Tag[],
): VisibleRange {
  const kept = range.tags.filter((id) => tags.some((tag) => tag.id === id))
  return { ...pruned(range, departments, members), tags: kept }
}

/** The members who have left the organisation. */
function goneFrom(members: readonly Member[], earlier: readonly Member[]): ReadonlySet<string> {
  const left = new Set(earlier.map(({ userid }) => useridKey(userid)))
  for (const { userid } of members) left.delete(useridKey(userid))
  return left
}

function chatWithout(gone: ReadonlySet<string>, chat: Chat): Chat {
  const members = without(gone, chat.members)
  return { ...chat, members, owner: gone.has(useridKey(chat.owner)) ? (members[0] ?? "") : chat.owner }
}

function robotWithout(gone: ReadonlySet<string>, robot: Robot): Robot {
  return { ...robot, members: without(gone, robot.members) }
}

function botWithout(gone: ReadonlySet<string>, bot: Bot): Bot {
  const groups = bot.groups.map((group) => ({ ...group, members: without(gone, group.members) }))
  return { ...bot, opened_by: without(gone, bot.opened_by), groups }
}

function without(gone: ReadonlySet<string>, userids: readonly string[]): string[] {
  return userids.filter((userid) => !gone.has(useridKey(userid)))
}

function readDepartment(fields: Fields): Department {
  fields.refuseOthers(DEPARTMENT_FIELDS)
  const id = fields.neededInteger("id", 1)
  return { id, name: fields.text("name") ?? `部门${id}`, parentid: fields.integer("parentid", 0) ?? 0 }
}

function readMember(fields: Fields, rootId: number): Member {
  fields.refuseOthers(MEMBER_FIELDS)
  const userid = fields.neededText("userid")
  const mobile = fields.text("mobile") ?? ""
  const email = fields.text("email") ?? ""
  const personal_email = fields.text("personal_email") ?? ""
  if (userid !== "" && !isUserid(userid)) {
    fields.complain("userid", "must be 1 to 64 letters, digits, - _ . @", "必须是 1 到 64 位字母、数字或 - _ . @")
  }
  if (mobile !== "" && checkMobile(mobile) !== undefined) {
    fields.complain("mobile", "must be 5 to 32 digits, + and -", "必须是 5 到 32 位数字、加号或减号")
  }
  if (email !== "" && checkEmail(email) !== undefined) {
    fields.complain("email", "must be an email address of at most 64 bytes", "必须是不超过 64 字节的邮箱地址")
  }
  if (personal_email !== "" && checkEmail(personal_email) !== undefined) {
    fields.complain("personal_email", "must be an email address of at most 64 bytes", "必须是不超过 64 字节的邮箱地址")
  }
  return {
    userid,
    name: fields.text("name") ?? userid,
    mobile,
    email,
    personal_email,
    alias: fields.text("alias") ?? "",
    departments: fields.integers("departments") ?? [rootId],
    licensed: fields.boolean("licensed") ?? true,
  }
}

function readTag(fields: Fields): Tag {
  fields.refuseOthers(TAG_FIELDS)
  const id = fields.neededInteger("id", 1)
  return {
    id,
    name: fields.text("name") ?? `标签${id}`,
    members: fields.texts("members") ?? [],
    departments: fields.integers("departments") ?? [],
  }
}

function readApp(fields: Fields): App {
  fields.refuseOthers(APP_FIELDS)
  const agentid = fields.neededInteger("agentid", 1)
  return {
    agentid,
    name: fields.text("name") ?? `应用${agentid}`,
    description: fields.text("description") ?? "",
    secret: fields.neededText("secret"),
    visible: readVisible(fields.object("visible")),
    miniprograms: fields.texts("miniprograms") ?? [],
    callback: readCallback(fields.object("callback")),
    enabled: fields.boolean("enabled") ?? true,
  }
}

/** An app without a range sees no member, like a new app in the console. */
function readVisible(fields: Fields | undefined): VisibleRange {
  fields?.refuseOthers(VISIBLE_FIELDS)
  return {
    departments: fields?.integers("departments") ?? [],
    members: fields?.texts("members") ?? [],
    tags: fields?.integers("tags") ?? [],
  }
}

function readCallback(fields: Fields | undefined): Callback {
  fields?.refuseOthers(CALLBACK_FIELDS)
  const token = fields?.text("token") ?? ""
  const older = fields?.text("aes_key")
  const encoding_aes_key = fields?.text("encoding_aes_key") ?? older ?? ""
  if (older !== undefined && older !== encoding_aes_key) {
    fields?.complain(
      "aes_key",
      "is the older name of encoding_aes_key: give one of them",
      "是 encoding_aes_key 的旧名称，请只填一个",
    )
  }
  if (!/^[A-Za-z0-9]{0,32}$/.test(token)) {
    fields?.complain("token", "must be at most 32 letters and digits", "必须是不超过 32 位的字母和数字")
  }
  if (encoding_aes_key !== "" && !/^[A-Za-z0-9]{43}$/.test(encoding_aes_key)) {
    fields?.complain("encoding_aes_key", "must be 43 letters and digits", "必须是 43 位字母和数字")
  }
  const url = fields?.text("url") ?? ""
  if (url !== "" && !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    fields?.complain("url", "must be an http or https address", "必须是 http 或 https 地址")
  }
  return { url, token, encoding_aes_key }
}

function readChat(fields: Fields): Chat {
  fields.refuseOthers(CHAT_FIELDS)
  const chatid = fields.neededText("chatid")
  if (!/^[0-9A-Za-z]{0,32}$/.test(chatid)) {
    fields.complain("chatid", "must be at most 32 letters and digits", "必须是不超过 32 位的字母和数字")
  }
  fields.complainIfMissing("members")
  const members = fields.texts("members") ?? []
  const owner = fields.text("owner") ?? members[0] ?? ""
  return {
    chatid,
    name: fields.text("name") ?? chatid,
    agentid: fields.neededInteger("agentid", 1),
    owner,
    members,
    disbanded: fields.boolean("disbanded") ?? false,
  }
}

function readRobot(fields: Fields): Robot {
  fields.refuseOthers(ROBOT_FIELDS)
  const key = fields.neededText("key")
  return {
    key,
    name: fields.text("name") ?? key,
    members: fields.texts("members") ?? [],
    state: fields.oneOf("state", ROBOT_STATES) ?? "works",
  }
}

function readLinkedCorp(fields: Fields): LinkedCorp {
  fields.refuseOthers(LINKED_CORP_FIELDS)
  const corp_id = fields.neededText("corp_id")
  const departments = fields.objects("departments")?.map(readDepartment) ?? []
  return {
    linked_id: fields.neededText("linked_id"),
    corp_id,
    name: fields.text("name") ?? corp_id,
    departments,
    members: fields.objects("members")?.map((one) => readLinkedMember(one, departments)) ?? [],
  }
}

function readLinkedMember(fields: Fields, departments: readonly Department[]): LinkedMember {
  fields.refuseOthers(LINKED_MEMBER_FIELDS)
  const userid = fields.neededText("userid")
  const named = fields.integers("departments") ?? departments.slice(0, 1).map(({ id }) => id)
  named.forEach((id, index) => {
    if (departments.some((one) => one.id === id)) return
    fields.complain(`departments[${index}]`, "names a department that does not exist", "指向不存在的部门")
  })
  return { userid, name: fields.text("name") ?? userid, mobile: fields.text("mobile") ?? "", departments: named }
}

function readBot(fields: Fields): Bot {
  fields.refuseOthers(BOT_FIELDS)
  const bot_id = fields.neededText("bot_id")
  return {
    bot_id,
    secret: fields.neededText("secret"),
    name: fields.text("name") ?? bot_id,
    opened_by: fields.texts("opened_by") ?? [],
    groups: fields.objects("groups")?.map(readGroup) ?? [],
  }
}

function readGroup(fields: Fields): BotGroup {
  fields.refuseOthers(GROUP_FIELDS)
  const chatid = fields.neededText("chatid")
  return { chatid, name: fields.text("name") ?? chatid, members: fields.texts("members") ?? [] }
}

/** Reports faults that no single field shows: ids that clash or lead nowhere. */
function checkTogether(org: OrgDocument, fields: Fields): void {
  org.trusted_ips.forEach((ip, index) => {
    if (isIP(ip) === 0) fields.complain(`trusted_ips[${index}]`, "must be an IP address", "必须是 IP 地址")
  })
  const unique = <T>(list: string, items: readonly T[], name: string, key: (item: T) => string | number): void => {
    const seen = new Set<string | number>()
    items.forEach((item, index) => {
      const value = key(item)
      if (value === "" || value === 0) return
      if (seen.has(value)) fields.complain(`${list}[${index}].${name}`, "is used twice", "重复")
      seen.add(value)
    })
  }
  unique("departments", org.departments, "id", ({ id }) => id)
  unique("members", org.members, "userid", ({ userid }) => useridKey(userid))
  unique("members", org.members, "mobile", ({ mobile }) => mobile)
  unique("members", org.members, "email", ({ email }) => email.toLowerCase())
  unique("members", org.members, "personal_email", ({ personal_email: email }) => email.toLowerCase())
  unique("tags", org.tags, "id", ({ id }) => id)
  unique("apps", org.apps, "agentid", ({ agentid }) => agentid)
  unique("apps", org.apps, "secret", ({ secret }) => secret)
  org.apps.forEach(({ secret }, index) => {
    if (secret === org.contact_secret) fields.complain(`apps[${index}].secret`, "is used twice", "重复")
  })
  unique("chats", org.chats, "chatid", ({ chatid }) => chatid)
  unique("robots", org.robots, "key", ({ key }) => key)
  unique("linked_corps", org.linked_corps, "linked_id", ({ linked_id: id }) => id)
  unique("linked_corps", org.linked_corps, "corp_id", ({ corp_id: id }) => id)
  unique("bots", org.bots, "bot_id", ({ bot_id: id }) => id)
  checkReferences(org, fields)
  checkTree(org.departments, fields)
}

function checkReferences(org: OrgDocument, fields: Fields): void {
  const departments = new Set(org.departments.map(({ id }) => id))
  const userids = new Set(org.members.map(({ userid }) => useridKey(userid)))
  const tags = new Set(org.tags.map(({ id }) => id))
  const check = <T>(path: string, ids: readonly T[], isKnown: (id: T) => boolean, en: string, zh: string): void => {
    ids.forEach((id, index) => {
      if (!isKnown(id)) fields.complain(`${path}[${index}]`, `names ${en} that does not exist`, `指向不存在的${zh}`)
    })
  }
  const checkDepartments = (path: string, ids: readonly number[]): void =>
    check(path, ids, (id) => departments.has(id), "a department", "部门")
  const checkMembers = (path: string, ids: readonly string[]): void =>
    check(path, ids, (id) => userids.has(useridKey(id)), "a member", "成员")

  org.members.forEach((member, index) => checkDepartments(`members[${index}].departments`, member.departments))
  org.tags.forEach((tag, index) => {
    checkMembers(`tags[${index}].members`, tag.members)
    checkDepartments(`tags[${index}].departments`, tag.departments)
  })
  org.chats.forEach(({ members, owner }, index) => {
    checkMembers(`chats[${index}].members`, members)
    if (owner !== "" && !members.some((userid) => useridKey(userid) === useridKey(owner))) {
      fields.complain(`chats[${index}].owner`, "must be one of the members", "必须是群成员之一")
    }
  })
  org.robots.forEach(({ members }, index) => checkMembers(`robots[${index}].members`, members))
  org.apps.forEach(({ visible }, index) => {
    checkDepartments(`apps[${index}].visible.departments`, visible.departments)
    checkMembers(`apps[${index}].visible.members`, visible.members)
    check(`apps[${index}].visible.tags`, visible.tags, (id) => tags.has(id), "a tag", "标签")
  })
  org.bots.forEach(({ opened_by: openedBy, groups }, index) => {
    checkMembers(`bots[${index}].opened_by`, openedBy)
    groups.forEach(({ members }, at) => checkMembers(`bots[${index}].groups[${at}].members`, members))
  })
}

function checkTree(departments: readonly Department[], fields: Fields): void {
  const parents = new Map(departments.map(({ id, parentid }) => [id, parentid]))
  const circular = belowThemselves(parents)
  departments.forEach(({ id, parentid }, index) => {
    const path = `departments[${index}].parentid`
    if (parentid !== 0 && !parents.has(parentid)) {
      fields.complain(path, "names a department that does not exist", "指向不存在的部门")
    } else if (circular.has(id)) fields.complain(path, "puts the department below itself", "使部门成为自己的下级")
  })
}

/** Each department is visited once, however deep the tree is. */
function belowThemselves(parents: ReadonlyMap<number, number>): ReadonlySet<number> {
  const circular = new Set<number>()
  const passed = new Set<number>()
  for (const start of parents.keys()) {
    const path: number[] = []
    let at = start
    for (; parents.has(at) && !passed.has(at); at = parents.get(at) ?? 0) {
      passed.add(at)
      path.push(at)
    }
    // Where the path meets itself, the rest of it from that place is a cycle.
    const meets = path.indexOf(at)
    if (meets >= 0) for (const id of path.slice(meets)) circular.add(id)
  }
  return circular
}
