import { checkStrings } from "./check-strings.ts"
import { collectFaults } from "./collect-faults.ts"
import type { Fault } from "./fault.ts"
import { MAX_CHAT_MEMBERS, MAX_CHAT_NAME_CHARACTERS, MAX_CHATID_CHARACTERS, MIN_CHAT_MEMBERS } from "./limits.ts"
import { atMost, cutAfter, filledString, matching, string } from "./scalars.ts"
import { choose, has, list, object, optional, required } from "./shape.ts"
import type { Check, ListRule } from "./shape.ts"

/** A group chat that an app makes, as `appchat/create` takes it. */
export interface NewChat {
  /** At most 32 letters and digits; WeCom makes one unless given. */
  readonly chatid?: string
  /** At most 50 characters. */
  readonly name?: string
  /** One of the members; WeCom chooses one unless given. */
  readonly owner?: string
  /** 2 to 2000 userids. */
  readonly userlist: readonly string[]
}

/** The changes of a chat by `appchat/update`. */
export interface ChatChange {
  /** At most 50 characters. */
  readonly name?: string
  readonly owner?: string
  readonly add_user_list?: readonly string[]
  readonly del_user_list?: readonly string[]
}

/**
 * Does the same as `checkMessage`, for the body that makes a group chat.
 * @see https://developer.work.weixin.qq.com/document/path/90245
 *
 */
export function checkNewChat(chat: unknown): Fault[] {
  return collectFaults(chat, newChat, checkStrings)
}

/**
 * Does the same as `checkMessage`, for the body that changes a group chat.
 * @see https://developer.work.weixin.qq.com/document/path/98913
 *
 */
export function checkChatChange(change: unknown): Fault[] {
  return collectFaults(change, chatChange, checkStrings)
}

/** WeCom's code for a string in place of an array. */
const NO_LIST = 40035

/** The check reports this errcode also for a value of the wrong JSON type. */
function withCode(check: Check, errcode: number): Check {
  return (value, path, report) => check(value, path, report, errcode)
}

const chatid = withCode(
  string(atMost(MAX_CHATID_CHARACTERS, "characters", 86205), matching(/^[0-9A-Za-z]+$/, "0–9 A–Z a–z", 86001)),
  86001,
)
const name = withCode(string(cutAfter(MAX_CHAT_NAME_CHARACTERS, "characters")), 86004)
const owner = withCode(string(), 86005)

function userids(errcode: number, { min = 0, ofMembers }: { min?: number; ofMembers: number }): Check {
  const rule: ListRule = { item: filledString(ofMembers), min, max: MAX_CHAT_MEMBERS, errcode }
  return withCode(list(rule), NO_LIST)
}

/** An empty list counts as missing (86204); a list of one is too short (86006). */
const userlist = choose(
  (chat) => {
    const given = chat["userlist"]
    const isEmpty = Array.isArray(given) && given.length === 0
    return userids(isEmpty ? 86204 : 86006, { min: MIN_CHAT_MEMBERS, ofMembers: 86007 })
  },
  () => ({ errcode: 86204 }),
)

const newChat = object(
  { chatid: optional(chatid), name: optional(name), owner: optional(owner), userlist },
  { refused: true },
)

const CHANGES = ["name", "owner", "add_user_list", "del_user_list"]

const chatChange = object(
  {
    chatid: required(string(), 86201),
    name: choose(
      () => name,
      (siblings) => (CHANGES.some((one) => has(siblings, one)) ? undefined : { allowed: CHANGES }),
    ),
    owner: optional(owner),
    add_user_list: optional(userids(86006, { ofMembers: 86216 })),
    del_user_list: optional(userids(86006, { ofMembers: 86216 })),
  },
  { refused: true },
)
