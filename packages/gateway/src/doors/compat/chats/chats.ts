import { checkChatChange, checkNewChat } from "@wecom-push/protocol"
import { fingerprint } from "../../../accept/canonical.ts"
import type { AppRecord } from "../../../model/ports/apps.ts"
import type { ChatStore } from "../../../model/ports/chats.ts"
import type { ChatReply } from "../../../model/ports/dispatcher.ts"
import { chatChanged, chatCreated } from "../../kit/chat-notes.ts"
import { derivedChatid } from "../../kit/derived-chatid.ts"
import type { CompatAnswer } from "../answer.ts"
import { refuseChatsToCapped, requireScope } from "../callers.ts"
import type { Caller } from "../callers.ts"
import type { CompatRequest } from "../compat-request.ts"
import type { CompatDeps } from "../deps.ts"
import { relayedErrmsg } from "../errmsg.ts"
import { pauseAnswer } from "../pauses.ts"
import { Refusal } from "../refusal.ts"
import { refuseFaulty } from "../refuse-faulty.ts"
import { appOfChat } from "./app-of-chat.ts"
import { chatidIn } from "./chatid.ts"

/**
 * Makes a group chat. The gateway makes its id unless the caller gives one. So an equal body finds the chat of a request
 * that is still under way, or whose answer was lost, instead of making a second chat. After that an equal body makes another
 * chat, as with WeCom.
 * @throws {Refusal} for a request that WeCom would refuse, or that the key does not allow; -1 if it is unknown whether the
 *   chat was made
 * @see https://developer.work.weixin.qq.com/document/path/90245
 */
export async function createChat(deps: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const { stores, dispatcher, audit, now } = deps
  const { key } = caller
  const app = await appOfChat(deps, caller, request, () => undefined)
  refuseChatsToCapped(key)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  refuseFaulty(checkNewChat(request.body))
  const wanted = textOf(request, "chatid")
  const asked = { name: textOf(request, "name"), owner: textOf(request, "owner"), members: listOf(request, "userlist") }
  const mark = fingerprint({ chatid: wanted, ...asked })
  if (wanted !== undefined && (await isMade(stores.chats, app, wanted))) throw new Refusal(86215)
  const chatid = wanted ?? (await freeChatid(stores.chats, app, (n) => derivedChatid(key, app, mark, n)))
  const reply = await dispatcher.createChat(app.name, { chatid, ...asked, fingerprint: mark })
  if (reply.kind !== "done") return failed(reply, now())
  if (reply.isNew) await audit.write(chatCreated({ key, peer: request.peer, app }, reply.chat))
  return { errcode: 0, chatid }
}

/**
 * Changes a group chat.
 * @throws {Refusal} for a request that WeCom would refuse, or that the key does not allow; -1 if it is unknown whether the
 *   chat was changed
 * @see https://developer.work.weixin.qq.com/document/path/98913
 */
export async function updateChat(deps: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const { dispatcher, audit, now } = deps
  const { key } = caller
  const app = await appOfChat(deps, caller, request, () => chatidIn(request.text("chatid")))
  refuseChatsToCapped(key)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  const chatid = chatidIn(request.text("chatid"))
  refuseFaulty(checkChatChange(request.body))
  const change = {
    name: textOf(request, "name"),
    owner: textOf(request, "owner"),
    add: listOf(request, "add_user_list"),
    remove: listOf(request, "del_user_list"),
  }
  const reply = await dispatcher.changeChat(app.name, chatid, change)
  if (reply.kind !== "done") return failed(reply, now())
  await audit.write(chatChanged({ key, peer: request.peer, app }, chatid, change))
  return { errcode: 0 }
}

/**
 * A group chat in its present state at WeCom; while WeCom cannot be reached, in the last state that the gateway knows.
 * @throws {Refusal} for a request that WeCom would refuse, or that the key does not allow
 * @see https://developer.work.weixin.qq.com/document/path/98914
 */
export async function getChat(deps: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  requireScope(caller, ["send", "read"])
  const chatid = chatidIn(request.queryText("chatid"))
  const app = await appOfChat(deps, caller, request, () => chatid)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  const reply = await deps.dispatcher.lookAtChat(app.name, chatid, true)
  if (reply.kind !== "done") return failed(reply, deps.now())
  const { name = "", owner = "", members } = reply.chat
  if (!reply.chat.isMade) throw new Refusal(-1, NOT_KNOWN)
  return { errcode: 0, chat_info: { chatid, name, owner, userlist: members, chat_type: MADE_BY_AN_APP } }
}

/** The only `chat_type` that these calls accept. */
const MADE_BY_AN_APP = 0

function textOf(request: CompatRequest, name: string): string | undefined {
  const text = request.text(name)
  return text === "" ? undefined : text
}

function listOf({ body }: CompatRequest, name: string): readonly string[] {
  const list = body[name]
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : []
}

async function isMade(chats: ChatStore, { corpId }: AppRecord, chatid: string): Promise<boolean> {
  return (await chats.get(corpId, chatid))?.isMade === true
}

/**
 * The first chatid of a sequence for which no chat is made yet. Those before it belong to equal bodies, which have made
 * their chats. The search takes only a few steps to pass thousands of them.
 */
async function freeChatid(chats: ChatStore, app: AppRecord, chatidAt: (place: number) => string): Promise<string> {
  let [from, to] = [0, 0]
  while (await isMade(chats, app, chatidAt(to))) [from, to] = [to + 1, to * 2 + 1]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (await isMade(chats, app, chatidAt(middle))) from = middle + 1
    else to = middle
  }
  return chatidAt(to)
}

function failed(reply: Exclude<ChatReply, { readonly kind: "done" }>, now: number): CompatAnswer {
  switch (reply.kind) {
    case "refused":
      return { errcode: reply.errcode, errmsg: relayedErrmsg(reply.errcode, reply.errmsg) }
    case "exists":
      throw new Refusal(86215)
    case "limit": {
      const seconds = Math.max(1, Math.ceil((reply.untilMs - now) / 1000))
      const what = reply.what === "made" ? "makes so many chats in a day" : "changes its chats so often in an hour"
      throw new Refusal(45009, `WeCom takes no more while a corp ${what}; wait ${seconds} s`)
    }
    case "in_doubt":
      throw new Refusal(-1, NOT_KNOWN)
    case "unreachable":
    default:
      throw new Refusal(-1, "WeCom could not be reached; ask again")
  }
}

const NOT_KNOWN = "WeCom's answer did not arrive; the same request, made again, finds out whether it was done"
