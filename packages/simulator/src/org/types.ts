/** The organisation as one document: what `--org`, `GET` and `PUT /_sim/org` speak. Names are JSON's. */
export interface OrgDocument {
  corp_id: string
  /** 账号上限数: the day quota of an app and the budget for look-up misses follow from it. */
  member_cap: number
  /** Addresses that may call. Empty trusts everybody. */
  trusted_ips: string[]
  /** Secret of contact sync (通讯录同步助手): its token reads contacts and sends nothing. */
  contact_secret: string
  departments: Department[]
  members: Member[]
  tags: Tag[]
  apps: App[]
  /** Those that apps have made by `appchat/create` too. */
  chats: Chat[]
  robots: Robot[]
  /** 互联企业: all of them are shared with every app. */
  linked_corps: LinkedCorp[]
  bots: Bot[]
}

export interface Department {
  id: number
  name: string
  /** 0 for a root. */
  parentid: number
}

export interface Member {
  userid: string
  name: string
  mobile: string
  /** The corp mailbox (企业邮箱), and the personal one too unless `personal_email` says otherwise. */
  email: string
  personal_email: string
  alias: string
  departments: number[]
  /** Whether the member holds a basic API licence (基础接口许可). */
  licensed: boolean
}

export interface Tag {
  id: number
  name: string
  members: string[]
  departments: number[]
}

export interface App {
  agentid: number
  name: string
  description: string
  secret: string
  visible: VisibleRange
  /** Appids of the mini-programs linked to the app. */
  miniprograms: string[]
  callback: Callback
  enabled: boolean
}

/** 可见范围: departments with their sub-departments, single members, tags. */
export interface VisibleRange {
  departments: number[]
  members: string[]
  tags: number[]
}

/** With a token and a key but no URL the callback counts as configured, and its events wait to be read. */
export interface Callback {
  url: string
  token: string
  encoding_aes_key: string
}

/** A group chat that an app has made, and into which it sends. */
export interface Chat {
  chatid: string
  name: string
  /** Of the app that made it. */
  agentid: number
  owner: string
  members: string[]
  /** Whether it was disbanded since: it takes no message any more. */
  disbanded: boolean
}

/** A group robot with the members of its group. */
export interface Robot {
  key: string
  name: string
  members: string[]
  /** What its key answers: anything but `works` refuses every call. */
  state: RobotState
}

export const ROBOT_STATES = ["works", "removed", "stopped", "forbidden", "not_in_group"] as const
/** Taken out of the group, stopped by who added it, forbidden by the group, or in another group. */
type RobotState = (typeof ROBOT_STATES)[number]

/** Another corp, some of which is shared with ours. */
export interface LinkedCorp {
  /** As in `LINKEDID/1`, how calls name its departments. */
  linked_id: string
  /** As in `CORPID/zhangsan`, how calls name its members. */
  corp_id: string
  name: string
  departments: Department[]
  members: LinkedMember[]
}

export type LinkedMember = Pick<Member, "userid" | "name" | "mobile" | "departments">

/** A smart robot (智能机器人), reached by a long connection at `/_bot`. */
export interface Bot {
  bot_id: string
  secret: string
  name: string
  /** Userids of those who have written to it: only they get what it sends of its own accord. */
  opened_by: string[]
  /** The groups it is in. */
  groups: BotGroup[]
}

export interface BotGroup {
  chatid: string
  name: string
  members: string[]
}

/**
 * What `--org`, `startSimulator({ org })` and `PUT /_sim/org` take: any part of an organisation. A part that is left out is
 * the seed organisation's; `name` is the userid, or made of the id, unless said otherwise.
 */
export interface OrgInput {
  readonly corp_id?: string | undefined
  readonly member_cap?: number | undefined
  readonly trusted_ips?: readonly string[] | undefined
  readonly contact_secret?: string | undefined
  readonly departments?: readonly Needing<Department, "id">[] | undefined
  readonly members?: readonly Needing<Member, "userid">[] | undefined
  readonly tags?: readonly Needing<Tag, "id">[] | undefined
  readonly apps?: readonly AppInput[] | undefined
  readonly chats?: readonly Needing<Chat, "chatid" | "agentid" | "members">[] | undefined
  readonly robots?: readonly Needing<Robot, "key">[] | undefined
  readonly linked_corps?: readonly LinkedCorpInput[] | undefined
  readonly bots?: readonly BotInput[] | undefined
}

interface LinkedCorpInput extends Needing<Omit<LinkedCorp, "departments" | "members">, "linked_id" | "corp_id"> {
  readonly departments?: readonly Needing<Department, "id">[] | undefined
  readonly members?: readonly Needing<LinkedMember, "userid">[] | undefined
}

interface BotInput extends Needing<Omit<Bot, "groups">, "bot_id" | "secret"> {
  readonly groups?: readonly Needing<BotGroup, "chatid">[] | undefined
}

interface AppInput extends Needing<Omit<App, "visible" | "callback">, "agentid" | "secret"> {
  readonly visible?: Needing<VisibleRange, never> | undefined
  readonly callback?: CallbackInput | undefined
}

interface CallbackInput extends Needing<Callback, never> {
  /** The older name of `encoding_aes_key`. */
  readonly aes_key?: string | undefined
}

/** These fields, and any of the others. */
type Needing<T, Name extends keyof T> = Readonly<Pick<T, Name>> & {
  readonly [Other in Exclude<keyof T, Name>]?: ReadonlyOf<T[Other]> | undefined
}

type ReadonlyOf<T> = T extends readonly (infer Item)[] ? readonly Item[] : T
