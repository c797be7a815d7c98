import { checkStrings } from "./check-strings.ts"
import { updatedCard } from "./check-template-card.ts"
import { collectFaults } from "./collect-faults.ts"
import type { Fault } from "./fault.ts"
import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "./limits.ts"
import { filledString, integer, oneOf, string } from "./scalars.ts"
import { choose, has, list, object, optional, own, required, requiredIf } from "./shape.ts"
import type { Check, Field, Fields, JsonObject, ListRule } from "./shape.ts"

export interface CardUpdateOptions {
  /** True: `agentid`, `response_code` and the members whose card changes are required, as WeCom requires them. */
  readonly complete?: boolean
}

/**
 * Finds everything wrong with the body of `update_template_card`, as `checkMessage` does for a message. Takes any data
 * and never throws. Without `complete` the sender may add the members, `agentid` and `response_code` later.
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
export function checkCardUpdate(body: unknown, { complete = false }: CardUpdateOptions = {}): Fault[] {
  return collectFaults(body, complete ? completeBody : bodyToComplete, checkStrings)
}

/** WeCom answers 40035 to a string in place of an array, and to a list over its limit. */
const LIST = 40035
const NO_TARGET = { allowed: ["userids", "partyids", "tagids", "atall"], errcode: 82101 }
const NO_CONTENT = { allowed: ["button", "template_card"], errcode: 40058 }

export const CARD_USERS = { item: filledString(LIST), max: MAX_USERS_PER_CALL, errcode: LIST }
const ids = (max: number): Field => optional(listTargets({ item: integer, max, errcode: LIST }))

/**
 * The check of a list of those whose cards change. A value that is not a list gets the errcode `LIST`, except null and
 * "", which some templates leave there when they are empty.
 */
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

/** Only one of both forms may be given; WeCom does not document which of two it would take. */
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

/** Other fields are refused: with `userid` written for `userids`, everybody's card would change. */
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
    // A value that is not a list has a fault of its own, so it counts as a target here.
    return Array.isArray(list) ? list.length > 0 : list !== undefined && list !== null && list !== ""
  })
}
