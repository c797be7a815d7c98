import { checkChatChange, checkNewChat, tolerate } from "@wecom-push/protocol"
import type { ChatChange, Fault, NewChat } from "@wecom-push/protocol"
import { invalidInputError } from "../invalid-input.ts"
import { CALL_OPTIONS, isObject, refuseOptions } from "../option-faults.ts"
import type { SendDeps, SendPlan } from "../send/send.ts"
import { callOrThrow } from "../simple-call.ts"
import type { CallOptions } from "../simple-call.ts"
import type { SendResult } from "../wecom-error.ts"
import { sendToChat } from "./send-to-chat.ts"
import type { ChatSendOptions, SendableChatMessage } from "./send-to-chat.ts"

/** A group chat as WeCom shows it to the app that made it. */
export interface ChatInfo {
  readonly chatid: string
  readonly name: string
  readonly owner: string
  readonly userlist: readonly string[]
}

/**
 * The group chats that the app makes (应用推送消息到群聊会话). Only for apps that see the root department: WeCom answers 48002 to
 * others. An app reaches its own chats only, and their members are members of the corp.
 */
export class Chats {
  readonly #deps: SendDeps

  constructor(deps: SendDeps) {
    this.#deps = deps
  }

  /**
   * Makes a chat of 2 to 2000 members, who see it when its first message comes.
   * @returns its chatid
   * @throws {WeComError} `invalid_input` before any request; `refused`: 48002 for an app without the root department,
   * 86215 for a chatid that is taken; `in_doubt` when the answer was lost: with a `chatid` of your own, `get` shows
   * whether the chat exists
   * @see https://developer.work.weixin.qq.com/document/path/90245
   */
  async create(chat: NewChat, options: CallOptions = {}): Promise<string> {
    this.#refuse(checkNewChat(chat), options)
    const request = { path: "appchat/create", method: "POST", body: JSON.stringify(chat) } as const
    const { chatid } = await callOrThrow(this.#deps, { ...request, repeatable: false }, options)
    return String(chatid)
  }

  /**
   * Changes name, owner or members.
   * @throws {WeComError} `invalid_input`; `refused`: 40050 for an unknown chat, 86008 for another app's
   * @see https://developer.work.weixin.qq.com/document/path/98913
   */
  async update(chatid: string, change: ChatChange, options: CallOptions = {}): Promise<void> {
    const body = { ...change, chatid }
    this.#refuse(checkChatChange(body), options)
    // A repetition has no further effect.
    const request = { path: "appchat/update", method: "POST", body: JSON.stringify(body), repeatable: true } as const
    await callOrThrow(this.#deps, request, options)
  }

  /**
   * @throws {WeComError} `refused`: 40050 for an unknown chat, 86008 for another app's
   * @see https://developer.work.weixin.qq.com/document/path/98914
   */
  async get(chatid: string, options: CallOptions = {}): Promise<ChatInfo> {
    this.#refuse([], options)
    const request = { path: "appchat/get", method: "GET", query: { chatid }, repeatable: true } as const
    const { chat_info: info } = await callOrThrow(this.#deps, request, options)
    const { name, owner, userlist } = isObject(info) ? info : {}
    return {
      chatid,
      name: textOf(name),
      owner: textOf(owner),
      userlist: Array.isArray(userlist) ? userlist.filter((one) => typeof one === "string") : [],
    }
  }

  /**
   * Sends one message into a chat: text with `mentioned_list`, image, voice, video, file, textcard, news, mpnews or
   * markdown; no cards, no mini programs. Files are uploaded as by `send`. WeCom returns no `msgid`, so there is no
   * recall. It has no duplicate check here, so a call whose answer was lost is never repeated.
   * @returns one recipient of type `chat`
   * @throws {WeComError} `invalid_input` before any request, with every fault of message and options; any other code
   * when nothing was sent
   * @see https://developer.work.weixin.qq.com/document/path/90248
   */
  send(
    chatid: string,
    message: SendableChatMessage,
    options?: ChatSendOptions & { readonly dryRun?: false },
  ): Promise<SendResult>
  /** Uploads and sends nothing: returns the bodies of the calls that would be made. */
  send(
    chatid: string,
    message: SendableChatMessage,
    options: ChatSendOptions & { readonly dryRun: true },
  ): Promise<SendPlan>
  send(
    chatid: string,
    message: SendableChatMessage,
    options: ChatSendOptions & { readonly dryRun?: boolean } = {},
  ): Promise<SendResult | SendPlan> {
    return sendToChat(this.#deps, chatid, message, options)
  }

  #refuse(found: readonly Fault[], options: CallOptions): void {
    const { language, strict } = this.#deps
    refuseOptions(options, CALL_OPTIONS, language)
    const faults = strict ? found : found.map(tolerate)
    const errors = faults.filter(({ severity }) => severity === "error")
    if (errors.length > 0) throw invalidInputError(errors, language)
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")
