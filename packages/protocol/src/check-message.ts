import { checkStrings } from "./check-strings.ts"
import { collectFaults } from "./collect-faults.ts"
import type { Fault } from "./fault.ts"
import { TYPE_RULES } from "./check-payload.ts"
import { MESSAGE_TYPES } from "./message.ts"
import type { MessageType } from "./message.ts"
import { forgiveMarks } from "./id-marks.ts"
import { anything, oneOf, unsettled } from "./scalars.ts"
import { checkField, isObject, object, optional, own, required, wrongType } from "./shape.ts"
import type { Check } from "./shape.ts"

/** Looked at by whoever knows whom the message is for, from which app, and how often. */
const OTHERS_MATTER = ["touser", "toparty", "totag", "agentid", "enable_duplicate_check", "duplicate_check_interval"]

const FLAG = oneOf([0, 1])
const NO_SAFE = oneOf([0])
/** Clients ask for it with every type. */
const NO_TRANSLATION = unsettled(oneOf([0]))

/** As in `news.articles.title`: what WeCom translates. @see https://developer.work.weixin.qq.com/document/path/90236 (id转译) */
export const TRANSLATED_FIELDS: ReadonlySet<string> = new Set(
  MESSAGE_TYPES.flatMap((type) => (TYPE_RULES[type].translated ?? []).map((field) => `${type}.${field}`)),
)

const MSGTYPE = required(oneOf(MESSAGE_TYPES, 40008), 40008)

const MESSAGES = new Map<unknown, Check>(MESSAGE_TYPES.map((type) => [type, messageOf(type)]))

/**
 * Everything wrong with a message, found without asking WeCom; errors and warnings in the order of WeCom's tables.
 * Takes any data, however shaped, and never throws. Recipients, `agentid` and the duplicate check are not looked at.
 * Marks of the id translation, where it is asked for, are not held against a text's length.
 *
 * Whoever plays WeCom takes the first fault with an `errcode`; a fault `too_long` that is an error without one is a
 * text WeCom cuts at `limit`.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function checkMessage(message: unknown): Fault[] {
  return collectFaults(message, checkByType, checkStrings)
}

const checkByType: Check = (message, path, report) => {
  if (!isObject(message)) return report(wrongType(path, "object", 40008))
  const check = MESSAGES.get(own(message, "msgtype"))
  if (check !== undefined)
    check(message, path, own(message, "enable_id_trans") === 1 ? forgiveMarks(report, TRANSLATED_FIELDS) : report)
  else checkField(message, "msgtype", MSGTYPE, path, report)
}

function messageOf(type: MessageType): Check {
  const { payload, safe = NO_SAFE, translated } = TYPE_RULES[type]
  return object(
    {
      ...Object.fromEntries(OTHERS_MATTER.map((name) => [name, optional(anything)])),
      msgtype: MSGTYPE,
      safe: optional(safe),
      enable_id_trans: optional(translated === undefined ? NO_TRANSLATION : FLAG),
      [type]: payload,
    },
    { names: new Set<string>(MESSAGE_TYPES), because: `msgtype = ${type}`, matters: true },
  )
}
