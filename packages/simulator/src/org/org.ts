import type { App, Bot, Department, Member, OrgDocument, Robot, Tag } from "./types.ts"
import { VisibleRange } from "./visible-range.ts"
import type { OrgIndex } from "./visible-range.ts"

/** No app has it: contact sync is none, and sees everybody. */
export const CONTACT_SYNC_AGENT = 0

/** An organisation with its indices. Unchangeable: a new document makes a new one. */
export class Org implements OrgIndex {
  readonly document: OrgDocument
  readonly #members: Map<string, Member>
  readonly #byMobile: Map<string, Member>
  readonly #byEmail = new Map<string, Member>()
  readonly #byPersonalEmail = new Map<string, Member>()
  readonly #apps: Map<number, App>
  readonly #robots: Map<string, Robot>
  readonly #bots: Map<string, Bot>
  readonly #tags: Map<number, Tag>
  readonly #departments: Map<number, Department>
  readonly #contactSync: App
  readonly #ranges = new Map<number, VisibleRange>()
  readonly #membersOfDepartment = new Map<number, Member[]>()
  readonly #subdepartments = new Map<number, number[]>()

  constructor(document: OrgDocument) {
    this.document = document
    this.#members = new Map(document.members.map((member) => [member.userid.toLowerCase(), member]))
    this.#byMobile = new Map(document.members.map((member) => [member.mobile, member]))
    this.#byMobile.delete("")
    this.#apps = new Map(document.apps.map((app) => [app.agentid, app]))
    this.#robots = new Map(document.robots.map((robot) => [robot.key, robot]))
    this.#bots = new Map(document.bots.map((bot) => [bot.bot_id, bot]))
    this.#tags = new Map(document.tags.map((tag) => [tag.id, tag]))
    this.#departments = new Map(document.departments.map((department) => [department.id, department]))
    this.#contactSync = contactSyncOf(document)
    for (const member of document.members) this.#indexMember(member)
    for (const { id, parentid } of document.departments) listIn(this.#subdepartments, parentid).push(id)
  }

  /** Userids are the same in any case. */
  member(userid: string): Member | undefined {
    return this.#members.get(userid) ?? this.#members.get(userid.toLowerCase())
  }

  memberByMobile(mobile: string): Member | undefined {
    return this.#byMobile.get(mobile)
  }

  memberByEmail(email: string, kind: "corp" | "personal"): Member | undefined {
    const index = kind === "corp" ? this.#byEmail : this.#byPersonalEmail
    return index.get(email.toLowerCase())
  }

  /** Who a secret belongs to: an app, or contact sync. */
  ownerOf(secret: string): App | undefined {
    return [...this.#apps.values(), this.#contactSync].find((one) => one.secret === secret)
  }

  /** Whose token it is that was made for this agent. */
  owner(agentid: number): App | undefined {
    return agentid === CONTACT_SYNC_AGENT ? this.#contactSync : this.#apps.get(agentid)
  }

  app(agentid: number): App | undefined {
    return this.#apps.get(agentid)
  }

  robot(key: string): Robot | undefined {
    return this.#robots.get(key)
  }

  bot(botId: string): Bot | undefined {
    return this.#bots.get(botId)
  }

  tag(id: number): Tag | undefined {
    return this.#tags.get(id)
  }

  department(id: number): Department | undefined {
    return this.#departments.get(id)
  }

  /** Direct members only. */
  membersOf(departmentId: number): readonly Member[] {
    return this.#membersOfDepartment.get(departmentId) ?? []
  }

  /** The departments themselves first, then everything below them. */
  departmentTree(ids: Iterable<number>): Set<number> {
    const tree = new Set(ids)
    // A Set visits what is added while it is walked.
    for (const one of tree) for (const below of this.#subdepartments.get(one) ?? []) tree.add(below)
    return tree
  }

  visibleRange(app: App): VisibleRange {
    let range = this.#ranges.get(app.agentid)
    if (range === undefined) {
      range = new VisibleRange(this, app)
      this.#ranges.set(app.agentid, range)
    }
    return range
  }

  #indexMember(member: Member): void {
    if (member.email !== "") this.#byEmail.set(member.email.toLowerCase(), member)
    const personal = member.personal_email || member.email
    if (personal !== "") this.#byPersonalEmail.set(personal.toLowerCase(), member)
    for (const id of member.departments) listIn(this.#membersOfDepartment, id).push(member)
  }
}

function contactSyncOf({ contact_secret: secret, departments }: OrgDocument): App {
  return {
    agentid: CONTACT_SYNC_AGENT,
    name: "通讯录同步",
    description: "",
    secret,
    visible: { departments: departments.map(({ id }) => id), members: [], tags: [] },
    miniprograms: [],
    callback: { url: "", token: "", encoding_aes_key: "" },
    enabled: true,
  }
}

function listIn<K, V>(lists: Map<K, V[]>, key: K): V[] {
  let list = lists.get(key)
  if (list === undefined) {
    list = []
    lists.set(key, list)
  }
  return list
}
