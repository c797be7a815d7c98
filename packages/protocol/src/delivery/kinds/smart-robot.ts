import { BOT_TYPES } from "../../check-chat-payload.ts"
import { meaningOfCode } from "../send-meaning.ts"
import type { CodeRules } from "../send-meaning.ts"
import { targetKey } from "../call-target.ts"
import { addressedBody, chatIn, ONE_TARGET, ONLY_ZERO, onlyTarget, SENT_TO_ALL } from "./addressed-body.ts"
import type { CallKind } from "./call-kind.ts"

/** The conversation is unknown: the member, or everybody in the group, never wrote to the robot. */
const NOT_OPENED: ReadonlySet<number> = new Set([93006])
/** The robot is no longer in the group. */
const NOT_IN_GROUP = 93008

const CODES: CodeRules = {
  api: "aibot_send_msg",
  accepted: ONLY_ZERO,
  // A wrong id or secret is refused when the connection is made, not with a message.
  pausing: () => false,
  ofOneRecipient: (errcode) => errcode === NOT_IN_GROUP,
  notOpened: NOT_OPENED,
}

/** The text of a pause because another program has connected with the bot id. */
export const BOT_TAKEN = "another program has connected with this bot id"

const SINGLE = 1
const GROUP = 2

/**
 * A message of a smart robot into one conversation over its long connection: with a member, whose userid is then the
 * `chatid`, or with a group.
 * @see https://developer.work.weixin.qq.com/document/path/101463
 */
export const SMART_ROBOT: CallKind = {
  name: "smart_robot",
  api: CODES.api,
  most: { ...ONE_TARGET, user: 1, chat: 1 },
  looksUp: false,
  types: BOT_TYPES,
  hasDuplicateCheck: false,
  canRecall: false,
  canChangeCards: true,
  pressSeconds: 5,
  targetRate: { perMinute: 30, perHour: 1000 },
  bodyOf: (targets, content) => {
    const { kind, id } = onlyTarget(targets, CODES.api)
    return addressedBody({ chatid: id, chat_type: kind === "user" ? SINGLE : GROUP }, content)
  },
  usersIn: (body) => memberIn(body),
  isOf: () => true,
  keysIn: (body) => [
    ...memberIn(body).map((id) => targetKey("user", id)),
    ...groupIn(body).map((id) => targetKey("chat", id)),
  ],
  meaningOf: (errcode, mayHaveArrived) => meaningOfCode(errcode, mayHaveArrived, CODES),
  resultsOf: () => SENT_TO_ALL,
}

const memberIn = (body: string): string[] => chatIn(body, SINGLE)
const groupIn = (body: string): string[] => chatIn(body, GROUP)
