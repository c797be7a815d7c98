import { taskId } from "./check-card-parts.ts"
import { CARD_USERS, listTargets } from "./check-card-update.ts"
import { checkMessageOf } from "./check-message.ts"
import { TYPE_RULES } from "./check-payload.ts"
import type { TypeRules } from "./check-payload.ts"
import { checkStrings } from "./check-strings.ts"
import { collectFaults } from "./collect-faults.ts"
import type { Fault } from "./fault.ts"
import { MAX_URL_BYTES } from "./limits.ts"
import { atMost, boolean, cutAfter, integer, oneOf, string, webAddress } from "./scalars.ts"
import { choose, has, list, object, optional, required, requiredIf } from "./shape.ts"

const key = string(atMost(128, "bytes", 42018))

const button = object({
  key: required(key, 42019),
  name: required(string(), 42020),
  replace_name: optional(string()),
  color: optional(oneOf(["red", "blue"])),
  is_bold: optional(boolean),
})

/** The rules of `message/send` by `msgtype`, including the type that its documentation no longer names. */
export const SENT_TYPES: Readonly<Record<string, TypeRules>> = {
  ...TYPE_RULES,
  taskcard: {
    payload: required(
      object({
        title: required(string(cutAfter(128, "bytes")), 40058),
        description: required(string(cutAfter(512, "bytes")), 40058),
        url: optional(string(atMost(MAX_URL_BYTES, "bytes", 40058), webAddress(45034))),
        task_id: required(taskId, 42014),
        btn: required(
          list({ item: button, min: 1, max: 2, errcode: 40058, unique: { name: "key", errcode: 42018 } }),
          40058,
        ),
      }),
      40058,
    ),
  },
}

/** Every `msgtype` of `message/send`, `taskcard` too. */
export const SENT_MESSAGE_TYPES: readonly string[] = Object.keys(SENT_TYPES)

/** The same as `checkMessage`, for a message that may be a task card (`TaskCard`). */
export function checkSentMessage(message: unknown): Fault[] {
  return checkMessageOf(SENT_TYPES, message)
}

/**
 * The same as `checkCardUpdate`, for the body of `update_taskcard`. `clicked_key` says which button counts as pressed;
 * some clients call it `replace_name`.
 * @see https://developer.work.weixin.qq.com/document/path/91579
 */
export function checkTaskCardUpdate(body: unknown): Fault[] {
  return collectFaults(body, update, checkStrings)
}

const NOBODY = { ...CARD_USERS, min: 1, errcode: 82101 }

const update = object(
  {
    userids: choose(
      ({ userids }) => listTargets(Array.isArray(userids) && userids.length === 0 ? NOBODY : CARD_USERS),
      () => ({ errcode: NOBODY.errcode }),
    ),
    agentid: required(integer, 41011),
    task_id: required(taskId, 42014),
    clicked_key: requiredIf(
      (siblings) => (has(siblings, "replace_name") ? undefined : { allowed: ["clicked_key"], errcode: 42019 }),
      key,
    ),
    replace_name: optional(key),
  },
  { refused: true },
)
