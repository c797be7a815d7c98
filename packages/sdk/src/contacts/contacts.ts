import { useridKey } from "@wecom-push/protocol"
import { getAgent } from "../agent-info.ts"
import type { AgentInfo } from "../agent-info.ts"
import type { ApiAnswer, ApiRequest } from "../api.ts"
import { CALL_OPTIONS, isObject, refuseOptions } from "../option-faults.ts"
import type { OptionNames } from "../option-faults.ts"
import { callOrThrow } from "../simple-call.ts"
import type { CallOptions, SimpleCallDeps } from "../simple-call.ts"
import { WeComError } from "../wecom-error.ts"

/** A department that the app sees. */
export interface Department {
  readonly id: number
  /** Absent when WeCom shows the caller only ids. */
  readonly name?: string
  /** 0 for the root. */
  readonly parentId: number
  /** A department with a greater number comes first. */
  readonly order: number
}

/** A member that the app sees. Mobiles and emails are not shown to apps. */
export interface Member {
  readonly userid: string
  readonly name?: string
  readonly departments: readonly number[]
}

/** A tag that the app sees. */
export interface Tag {
  readonly id: number
  readonly name: string
}

/** A tag, with its members and departments. */
export interface TagMembers extends Tag {
  readonly members: readonly Omit<Member, "departments">[]
  readonly departments: readonly number[]
}

export interface MembersOptions extends CallOptions {
  /** Only the direct members of this department. Unless given: all members that the app sees. */
  readonly department?: number
}

type Deps = SimpleCallDeps & { readonly agentId: number }

/** Answers to apps that may read only ids: 48009 to contact sync from newer addresses, 48002 when the call is closed. */
const IDS_ALONE: ReadonlySet<number | undefined> = new Set([48002, 48009])

export async function* departments(deps: Deps, options: CallOptions = {}): AsyncGenerator<Department, void, undefined> {
  refuseOptions(options, CALL_OPTIONS, deps.language)
  yield* await readDepartments(deps, options)
}

async function readDepartments(deps: Deps, options: CallOptions): Promise<readonly Department[]> {
  const named = await ask(deps, "department/list", {}, options).catch((error: unknown) => {
    if (error instanceof WeComError && IDS_ALONE.has(error.errcode)) return undefined
    throw error
  })
  if (named !== undefined) return objectsIn(named, "department").flatMap(readDepartment)
  return objectsIn(await ask(deps, "department/simplelist", {}, options), "department_id").flatMap(readDepartment)
}

const MEMBERS_OPTIONS: OptionNames<MembersOptions> = { ...CALL_OPTIONS, department: true }

/** For a caller that has already read the departments. */
export interface MembersReading {
  readonly departments: readonly Department[]
  /** Called when the members of one department have been read. */
  onDepartment(): void
}

export async function* members(
  deps: Deps,
  options: MembersOptions = {},
  reading?: MembersReading,
): AsyncGenerator<Member, void, undefined> {
  refuseOptions(options, MEMBERS_OPTIONS, deps.language)
  const { department, ...callOptions } = options
  if (department !== undefined) {
    yield* await membersOf(deps, department, callOptions)
    return
  }
  const seen = new Set<string>()
  const isNew = ({ userid }: Pick<Member, "userid">): boolean => {
    const key = useridKey(userid)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  }
  for (const { id } of reading?.departments ?? (await readDepartments(deps, callOptions))) {
    for (const member of await membersOf(deps, id, callOptions)) if (isNew(member)) yield member
    reading?.onDepartment()
  }
  for (const userid of await namedOneByOne(deps, callOptions)) {
    if (!isNew({ userid })) continue
    const answer = await ask(deps, "user/get", { userid }, callOptions)
    yield* readMember(answer)
  }
}

async function membersOf(deps: Deps, department: number, options: CallOptions): Promise<readonly Member[]> {
  const answer = await ask(deps, "user/simplelist", { department_id: String(department) }, options)
  return objectsIn(answer, "userlist").flatMap(readMember)
}

/** The single members and the tags' members that the visible range holds beside departments. Contact sync has no range. */
async function namedOneByOne(deps: Deps, options: CallOptions): Promise<readonly string[]> {
  const agent = await getAgent(deps, options).catch((error: unknown): AgentInfo => {
    if (error instanceof WeComError && IDS_ALONE.has(error.errcode)) return {}
    throw error
  })
  const userids = (agent.allow_userinfos?.user ?? []).map(({ userid }) => userid)
  for (const id of agent.allow_tags?.tagid ?? []) {
    const { members: tagged } = await tag(deps, id, options)
    userids.push(...tagged.map(({ userid }) => userid))
  }
  return userids
}

export async function* tags(deps: Deps, options: CallOptions = {}): AsyncGenerator<Tag, void, undefined> {
  refuseOptions(options, CALL_OPTIONS, deps.language)
  const answer = await ask(deps, "tag/list", {}, options)
  yield* objectsIn(answer, "taglist").flatMap(({ tagid, tagname }) =>
    typeof tagid === "number" && typeof tagname === "string" ? [{ id: tagid, name: tagname }] : [],
  )
}

export async function tag(deps: Deps, id: number, options: CallOptions = {}): Promise<TagMembers> {
  refuseOptions(options, CALL_OPTIONS, deps.language)
  const answer = await ask(deps, "tag/get", { tagid: String(id) }, options)
  const { tagname, partylist } = answer
  return {
    id,
    name: typeof tagname === "string" ? tagname : "",
    members: objectsIn(answer, "userlist").flatMap(readNamed),
    departments: numbersIn(partylist),
  }
}

function ask(deps: Deps, path: string, query: ApiRequest["query"], options: CallOptions): Promise<ApiAnswer> {
  return callOrThrow(deps, { path, method: "GET", query: query ?? {}, repeatable: true }, options)
}

function readDepartment(value: Readonly<Record<string, unknown>>): Department[] {
  const { id, name, parentid, order } = value
  if (typeof id !== "number") return []
  return [
    {
      id,
      ...(typeof name === "string" ? { name } : {}),
      parentId: typeof parentid === "number" ? parentid : 0,
      order: typeof order === "number" ? order : 0,
    },
  ]
}

function readMember(value: Readonly<Record<string, unknown>>): Member[] {
  return readNamed(value).map((named) => ({ ...named, departments: numbersIn(value["department"]) }))
}

function readNamed({ userid, name }: Readonly<Record<string, unknown>>): Omit<Member, "departments">[] {
  if (typeof userid !== "string") return []
  return [{ userid, ...(typeof name === "string" ? { name } : {}) }]
}

function objectsIn(answer: ApiAnswer, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list = answer[name]
  return Array.isArray(list) ? list.filter(isObject) : []
}

function numbersIn(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "number") : []
}
