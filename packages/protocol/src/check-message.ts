import { checkStrings } from "./check-strings.ts"
import { collectFaults } from "./collect-faults.ts"
import type { Fault } from "./fault.ts"
import { TYPE_RULES } from "./check-payload.ts"
import type { TypeRules } from "./check-payload.ts"
import { MESSAGE_TYPES } from "./message.ts"
import { forgiveMarks } from "./id-marks.ts"
import { anything, oneOf, unsettled } from "./scalars.ts"
import { checkField, isObject, object, optional, own, required, wrongType } from "./shape.ts"
import type { Check, Field } from "./shape.ts"

/** Checked by the code that knows the recipients, the app and the duplicate check. */
const OTHERS_MATTER = ["touser", "toparty", "totag", "agentid", "enable_duplicate_check", "duplicate_check_interval"]

const FLAG = oneOf([0, 1])
const NO_SAFE = oneOf([0])
/** Clients send it with every message type. */
const NO_TRANSLATION = unsettled(oneOf([0]))

/** The fields that WeCom translates, such as `news.articles.title`. @see https://developer.work.weixin.qq.com/document/path/90236 (id转译) */
export const TRANSLATED_FIELDS: ReadonlySet<string> = new Set(
  MESSAGE_TYPES.flatMap((type) => (TYPE_RULES[type].translated ?? []).map((field) => `${type}.${field}`)),
)

/**
 * Finds everything wrong with a message without asking WeCom; errors and warnings are in the order of WeCom's tables.
 * Takes any data and never throws. It does not look at recipients, `agentid` and the duplicate check. Marks of the id
 * translation, when it is switched on, do not count in a text's length.
 * A simulator of WeCom takes the first fault with an `errcode`. A `too_long` fault that is an error without errcode is
 * a text that WeCom cuts at `limit`.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function checkMessage(message: unknown): Fault[] {
  return checkMessageOf(TYPE_RULES, message)
}

/**
 * The same as `checkMessage`, for a message that another kind of call sends. @param types those of the kind:
 * `CallKind.types`
 */
export function checkMessageOf(types: MessageTypes, message: unknown): Fault[] {
  return collectFaults(message, checkOf(types), checkStrings)
}

/** The rules by `msgtype`. */
type MessageTypes = Readonly<Record<string, TypeRules>>

const CHECKS = new WeakMap<MessageTypes, Check>()

/** The checks are cached, because building one takes longer than using it. */
function checkOf(types: MessageTypes): Check {
  const check = CHECKS.get(types) ?? checkByType(types)
  CHECKS.set(types, check)
  return check
}

function checkByType(types: MessageTypes): Check {
  const names = Object.keys(types)
  const msgtype = required(oneOf(names, 40008), 40008)
  const messages = new Map<unknown, Check>(
    Object.entries(types).map(([type, rules]) => [type, messageOf(type, rules, msgtype, new Set(names))]),
  )
  return (message, path, report) => {
    if (!isObject(message)) return report(wrongType(path, "object", 40008))
    const check = messages.get(own(message, "msgtype"))
    if (check !== undefined)
      check(message, path, own(message, "enable_id_trans") === 1 ? forgiveMarks(report, TRANSLATED_FIELDS) : report)
    else checkField(message, "msgtype", msgtype, path, report)
  }
}

function messageOf(
  type: string,
  { payload, safe = NO_SAFE, translated }: TypeRules,
  msgtype: Field,
  names: ReadonlySet<string>,
): Check {
  return object(
    {
      ...Object.fromEntries(OTHERS_MATTER.map((name) => [name, optional(anything)])),
      msgtype,
      safe: optional(safe),
      enable_id_trans: optional(translated === undefined ? NO_TRANSLATION : FLAG),
      [type]: payload,
    },
    { names, because: `msgtype = ${type}`, matters: true },
  )
}
