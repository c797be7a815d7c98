import { ROBOT_TYPES } from "../../check-chat-payload.ts"
import { ROBOT_MESSAGES_PER_MINUTE } from "../../limits.ts"
import { ROBOT_ITSELF, targetKey } from "../call-target.ts"
import { meaningOfCode } from "../send-meaning.ts"
import type { CodeRules } from "../send-meaning.ts"
import { addressedBody, ONE_TARGET, ONLY_ZERO, onlyTarget, SENT_TO_ALL } from "./addressed-body.ts"
import type { CallKind } from "./call-kind.ts"

/**
 * The key is wrong or the robot was removed from the group (93000), or it was stopped (93004): nothing is sent until
 * that is corrected.
 */
const PAUSING: ReadonlySet<number> = new Set([93000, 93004])

const CODES: CodeRules = {
  api: "webhook/send",
  accepted: ONLY_ZERO,
  pausing: (errcode) => PAUSING.has(errcode),
  // A robot has one group, which no body names, so no code concerns one of several recipients.
  ofOneRecipient: () => false,
}

/**
 * A message of a group robot into its group. The robot itself is the target; over 20 a minute WeCom answers 45009.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export const GROUP_ROBOT: CallKind = {
  name: "group_robot",
  api: CODES.api,
  most: { ...ONE_TARGET, robot: 1 },
  looksUp: false,
  types: ROBOT_TYPES,
  inlinesImages: true,
  hasDuplicateCheck: false,
  canRecall: false,
  canChangeCards: false,
  targetRate: { perMinute: ROBOT_MESSAGES_PER_MINUTE, perHour: undefined, closesForAMinute: true },
  bodyOf: (targets, content) => {
    onlyTarget(targets, CODES.api)
    return addressedBody({}, content)
  },
  usersIn: () => [],
  isOf: () => true,
  keysIn: () => [targetKey("robot", ROBOT_ITSELF)],
  meaningOf: (errcode, mayHaveArrived) => meaningOfCode(errcode, mayHaveArrived, CODES),
  resultsOf: () => SENT_TO_ALL,
}
