import { checkStrings } from "./check-strings.ts"
import { updatedCard } from "./check-template-card.ts"
import { collectFaults } from "./collect-faults.ts"
import type { Fault } from "./fault.ts"
import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "./limits.ts"
import { filledString, integer, oneOf, string } from "./scalars.ts"
import { choose, has, list, object, optional, own, required, requiredIf } from "./shape.ts"
import type { Check, Field, Fields, JsonObject, ListRule } from "./shape.ts"

export interface CardUpdateOptions {
  /** True: `agentid`, `response_code` and whose card it is have to be there, as WeCom itself wants it. */
  readonly complete?: boolean
}

/**
 * Everything wrong with the body of `update_template_card`, as `checkMessage` finds it in a message. Takes any data
 * and never throws. Without `complete` the sender may still add whose card it is, `agentid`
 * and `response_code`.
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
export function checkCardUpdate(body: unknown, { complete = false }: CardUpdateOptions = {}): Fault[] {
  return collectFaults(body, complete ? completeBody : bodyToComplete, checkStrings)
}

/** 40035 is what WeCom answers to a string where an array is due, and to a list over its limit. */
const LIST = 40035
const NO_TARGET = { allowed: ["userids", "partyids", "tagids", "atall"], errcode: 82101 }
const NO_CONTENT = { allowed: ["button", "template_card"], errcode: 40058 }

export const CARD_USERS = { item: filledString(LIST), max: MAX_USERS_PER_CALL, errcode: LIST }
const ids = (max: number): Field => optional(listTargets({ item: integer, max, errcode: LIST }))

/** Whose cards change. Of something else than a list the code is its own, unless it is an empty leftover of some template. */
export function listTargets(rule: ListRule): Check {
  const check = list(rule)
  return (value, path, report, errcodeIfUnreadable) =>
    check(value, path, report, value === null || value === "" ? errcodeIfUnreadable : LIST)
}

const OTHER_TARGETS: Fields = {
  partyids: ids(MAX_DEPARTMENTS_PER_CALL),
  tagids: ids(MAX_TAGS_PER_CALL),
  atall: optional(oneOf([0, 1])),
}

/** One form or the other; which of two WeCom would take is not documented. */
const cardBesideButton: Check = (card, path, report) => {
  report({ path, rule: "conflict", severity: "error", because: "button" })
  updatedCard(card, path, report)
}

const CONTENT: Fields = {
  enable_id_trans: optional(oneOf([0, 1])),
  button: requiredIf(
    (body) => (has(body, "template_card") ? undefined : NO_CONTENT),
    object({ replace_name: required(string(), 40058) }),
  ),
  template_card: choose((body) => (has(body, "button") ? cardBesideButton : updatedCard)),
}

/** With `userid` for `userids` everybody's card would change. */
const NOTHING_ELSE = { refused: true }

const bodyToComplete = object(
  {
    userids: optional(listTargets(CARD_USERS)),
    ...OTHER_TARGETS,
    agentid: optional(integer),
    response_code: optional(string()),
    ...CONTENT,
  },
  NOTHING_ELSE,
)

const completeBody = object(
  {
    userids: choose(
      (body) => listTargets(hasTarget(body) ? CARD_USERS : { ...CARD_USERS, min: 1, errcode: NO_TARGET.errcode }),
      (body) => (hasTarget(body) ? undefined : NO_TARGET),
    ),
    ...OTHER_TARGETS,
    agentid: required(integer, 41011),
    response_code: required(string(), 60140),
    ...CONTENT,
  },
  NOTHING_ELSE,
)

function hasTarget(body: JsonObject): boolean {
  if (own(body, "atall") === 1) return true
  return ["userids", "partyids", "tagids"].some((name) => {
    const list = own(body, name)
    // A value that is no list is a fault of its own.
    return Array.isArray(list) ? list.length > 0 : list !== undefined && list !== null && list !== ""
  })
}
