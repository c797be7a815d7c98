import { checkStrings } from "./check-strings.ts"
import type { Fault } from "./fault.ts"
import { PAYLOADS } from "./check-payload.ts"
import { MESSAGE_TYPES } from "./message.ts"
import type { MessageType } from "./message.ts"
import { anything, checkField, isObject, object, oneOf, optional, own, required, wrongType } from "./shape.ts"
import type { Check } from "./shape.ts"

/** A caller mends no thousand faults at a time, and a hostile body could hold millions. */
const MAX_FAULTS = 1000

/** Looked at by whoever knows whom the message is for, from which app, and how often. */
const OTHERS_MATTER = ["touser", "toparty", "totag", "agentid", "enable_duplicate_check", "duplicate_check_interval"]

const FLAG = oneOf([0, 1])
/** A switch that this type has not: WeCom ignores it, so asking for it would promise what does not happen. */
const NO_FLAG = oneOf([0])

const SAFE: Partial<Record<MessageType, Check>> = {
  text: FLAG,
  image: FLAG,
  video: FLAG,
  file: FLAG,
  mpnews: oneOf([0, 1, 2]),
  news: oneOf([0], 40074),
}

const ID_TRANSLATION: Partial<Record<MessageType, Check>> = {
  text: FLAG,
  textcard: FLAG,
  news: FLAG,
  mpnews: FLAG,
  miniprogram_notice: FLAG,
  template_card: FLAG,
}

const MSGTYPE = required(oneOf(MESSAGE_TYPES, 40008), 40008)

const MESSAGES = new Map<unknown, Check>(MESSAGE_TYPES.map((type) => [type, messageOf(type)]))

/**
 * Everything wrong with a message, found without asking WeCom; errors and warnings in the order of WeCom's tables.
 * Takes any value and never throws. Recipients, `agentid` and the duplicate check are not looked at.
 *
 * Whoever plays WeCom takes the first fault with an `errcode`; a fault `too_long` that is an error without one is a
 * text WeCom cuts at `limit`.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function checkMessage(message: unknown): Fault[] {
  const faults: Fault[] = []
  const report = (fault: Fault): void => {
    if (faults.length < MAX_FAULTS) faults.push(fault)
  }
  if (!isObject(message)) return [wrongType("", "object", 40008)]
  const type = own(message, "msgtype")
  const check = MESSAGES.get(type)
  if (check !== undefined) check(message, "", report)
  else checkField(message, "msgtype", MSGTYPE, "", report)
  checkStrings(message, report)
  return faults
}

function messageOf(type: MessageType): Check {
  return object(
    {
      ...Object.fromEntries(OTHERS_MATTER.map((name) => [name, optional(anything)])),
      msgtype: MSGTYPE,
      safe: optional(SAFE[type] ?? NO_FLAG),
      enable_id_trans: optional(ID_TRANSLATION[type] ?? NO_FLAG),
      [type]: PAYLOADS[type],
    },
    { names: new Set<string>(MESSAGE_TYPES), because: `msgtype = ${type}` },
  )
}
