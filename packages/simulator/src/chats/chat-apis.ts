import {
  checkChatChange,
  checkNewChat,
  MAX_CHAT_MEMBERS,
  MAX_CHAT_NAME_CHARACTERS,
  MIN_CHAT_MEMBERS,
  type Fault,
} from "@wecom-push/protocol"
import { bodyText, mustRefuseJson, queryText, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { randomId } from "../ids.ts"
import type { App, Chat } from "../org/types.ts"
import type { World } from "../world.ts"

const NO_RIGHT = 48002
const TOO_MANY = 45009
const CHATID_BYTES = 24

/** @see wecom document 90245 */
export function chatCreate(world: World, call: ApiCall, app: App): ApiAnswer {
  if (!seesAll(world, app)) return refuse(NO_RIGHT)
  const wrong = faultIn(world, call, checkNewChat(call.body))
  if (wrong !== 0) return refuse(wrong)
  const chatid = bodyText(call, "chatid") || newChatid(world)
  if (world.chats.find(chatid) !== undefined) return refuse(86215)
  const members = known(world, textsIn(call, "userlist"))
  if (members === undefined) return refuse(86007)
  if (!isRightCount(members)) return refuse(86006)
  const owner = ownerAmong(world, bodyText(call, "owner"), members)
  if (typeof owner === "number") return refuse(owner)

  const { chats_per_day: perDay } = world.settings.limits
  if (!world.chatRate.created.take(CORP, 1, perDay, call.nowMs)) return refuse(TOO_MANY)
  world.chats.set({ chatid, name: nameOf(call), agentid: app.agentid, owner, members, disbanded: false })
  return { errcode: 0, chatid }
}

/** @see wecom document 98913 */
export function chatUpdate(world: World, call: ApiCall, app: App): ApiAnswer {
  if (!seesAll(world, app)) return refuse(NO_RIGHT)
  const wrong = faultIn(world, call, checkChatChange(call.body))
  if (wrong !== 0) return refuse(wrong)
  const chat = chatOf(world, app, bodyText(call, "chatid"))
  if ("errcode" in chat) return chat
  const added = known(world, textsIn(call, "add_user_list"))
  const removed = known(world, textsIn(call, "del_user_list"))
  if (added === undefined || removed === undefined) return refuse(86216)
  const members = [...new Set([...chat.members, ...added])].filter((userid) => !removed.includes(userid))
  if (!isRightCount(members)) return refuse(86006)
  const owner = ownerAmong(world, bodyText(call, "owner") || ownerLeft(chat, members), members)
  if (typeof owner === "number") return refuse(owner)

  const { changes } = world.chatRate
  if (!changes.isOpen(1, world.settings.limits.chat_changes_per_hour, call.nowMs)) return refuse(TOO_MANY)
  changes.count(1, call.nowMs)
  world.chats.set({ ...chat, name: nameOf(call) || chat.name, owner, members })
  // Phones that show the chat have to show its new name and members.
  world.changes.emit("org")
  return { errcode: 0 }
}

/** @see wecom document 98914 */
export function chatGet(world: World, call: ApiCall, app: App): ApiAnswer {
  if (!seesAll(world, app)) return refuse(NO_RIGHT)
  const chat = chatOf(world, app, queryText(call.query, "chatid"))
  if ("errcode" in chat) return chat
  const { chatid, name, owner, members } = chat
  return { errcode: 0, chat_info: { chatid, name, owner, userlist: members, chat_type: 0 } }
}

/** Only apps that see the whole corp may have group chats. */
export function seesAll({ org }: World, app: App): boolean {
  return org.document.departments
    .filter(({ parentid }) => parentid === 0)
    .every(({ id }) => app.visible.departments.includes(id))
}

/** The chat, if it is the app's and was not disbanded. */
export function chatOf(world: World, app: App, chatid: string): Chat | ApiAnswer {
  if (chatid === "") return refuse(86201)
  const chat = world.chats.find(chatid)
  if (chat === undefined) return refuse(40050)
  if (chat.agentid !== app.agentid) return refuse(86008)
  return chat.disbanded ? refuse(49008) : chat
}

/** The key of the limits that count for the whole corp; there is only one corp. */
const CORP = ""

/** The code of the first fault that has one; WeCom ignores other fields that it cannot read, and says so. */
function faultIn(world: World, call: ApiCall, faults: readonly Fault[]): number {
  const refusal = faults.find(({ severity, errcode }) => severity === "error" && errcode !== undefined)
  if (refusal?.errcode !== undefined) return refusal.errcode
  return mustRefuseJson(world, call) ? 40058 : 0
}

function newChatid(world: World): string {
  const id = randomId(CHATID_BYTES).replaceAll(/[-_]/g, "0")
  return world.chats.find(id) === undefined ? id : newChatid(world)
}

/** The name of the chat; WeCom cuts a longer one without a sign. */
function nameOf(call: ApiCall): string {
  return Array.from(bodyText(call, "name")).slice(0, MAX_CHAT_NAME_CHARACTERS).join("")
}

function textsIn({ body }: ApiCall, name: string): string[] {
  const list = body[name]
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : []
}

/** The userids as the organisation spells them, each once; undefined when one of them is not a member. */
function known({ org }: World, userids: readonly string[]): string[] | undefined {
  const members = new Set<string>()
  for (const userid of userids) {
    const member = org.member(userid)
    if (member === undefined) return undefined
    members.add(member.userid)
  }
  return [...members]
}

function isRightCount({ length }: readonly string[]): boolean {
  return length >= MIN_CHAT_MEMBERS && length <= MAX_CHAT_MEMBERS
}

/** The named owner, or any member; otherwise the code of the refusal. */
function ownerAmong({ org }: World, wanted: string, members: readonly string[]): string | number {
  if (wanted === "") return members[Math.floor(Math.random() * members.length)] ?? ""
  const owner = org.member(wanted)?.userid
  if (owner === undefined) return 86005
  return members.includes(owner) ? owner : 86207
}

/** The chat's owner; "" when the owner was removed from the chat, because then WeCom chooses another one. */
function ownerLeft(chat: Chat, members: readonly string[]): string {
  return members.includes(chat.owner) ? chat.owner : ""
}
