/** The organisation as one document: the form of `--org`, `GET` and `PUT /_sim/org`. Names are those of the JSON. */
export interface OrgDocument {
  corp_id: string
  /** 账号上限数: an app's day quota and the budget for look-up misses depend on it. */
  member_cap: number
  /** Addresses that may call. Empty: all addresses are trusted. */
  trusted_ips: string[]
  /** The secret of contact sync (通讯录同步助手): its token can read contacts and cannot send. */
  contact_secret: string
  departments: Department[]
  members: Member[]
  tags: Tag[]
  apps: App[]
  /** Including those that apps have made by `appchat/create`. */
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
  /** The corp mailbox (企业邮箱), and also the personal one unless `personal_email` is given. */
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

/** With a token and a key but without a URL the callback counts as configured, and its events are kept to be read. */
export interface Callback {
  url: string
  token: string
  encoding_aes_key: string
}

/** A group chat that an app has made, and into which it sends. */
export interface Chat {
  chatid: string
  name: string
  /** The app that made it. */
  agentid: number
  owner: string
  members: string[]
  /** Whether it was disbanded: then it takes no messages any more. */
  disbanded: boolean
}

/** A group robot with the members of its group. */
export interface Robot {
  key: string
  name: string
  members: string[]
  /** The answer to its key: every state but `works` refuses every call. */
  state: RobotState
}

export const ROBOT_STATES = ["works", "removed", "stopped", "forbidden", "not_in_group"] as const
/** Removed from the group, stopped by the member who added it, forbidden by the group, or in another group. */
type RobotState = (typeof ROBOT_STATES)[number]

/** Another corp, which shares a part of itself with ours. */
export interface LinkedCorp {
  /** Calls name its departments by it, such as `LINKEDID/1`. */
  linked_id: string
  /** Calls name its members by it, such as `CORPID/zhangsan`. */
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
  /** The userids of those who have written to it: only they get messages that it sends without being asked. */
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
 * The input of `--org`, `startSimulator({ org })` and `PUT /_sim/org`: any part of an organisation. A part that is left
 * out is taken from the seed organisation; a missing `name` is the userid, or made from the id.
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

/** These fields are required; the others may be given. */
type Needing<T, Name extends keyof T> = Readonly<Pick<T, Name>> & {
  readonly [Other in Exclude<keyof T, Name>]?: ReadonlyOf<T[Other]> | undefined
}

type ReadonlyOf<T> = T extends readonly (infer Item)[] ? readonly Item[] : T
