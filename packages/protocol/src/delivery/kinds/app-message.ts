import { SENT_TYPES } from "../../check-task-card.ts"
import {
  MAX_DEPARTMENTS_PER_CALL,
  MAX_TAGS_PER_CALL,
  MAX_USERS_PER_CALL,
  MEMBER_MESSAGES_PER_HOUR,
  MEMBER_MESSAGES_PER_MINUTE,
} from "../../limits.ts"
import { readSendAnswer } from "../answer.ts"
import { callBody } from "../call-body.ts"
import { ALL_INVALID, mayNameOneRecipient, pausesApp } from "../errcode-rules.ts"
import { agentIn, namedKeys, namedUsers } from "../named-targets.ts"
import { recipientResults } from "../recipient-results.ts"
import { meaningOfCode } from "../send-meaning.ts"
import type { CodeRules } from "../send-meaning.ts"
import type { CallKind } from "./call-kind.ts"

const CODES: CodeRules = {
  api: "message/send",
  accepted: new Set([0, ALL_INVALID]),
  pausing: pausesApp,
  ofOneRecipient: mayNameOneRecipient,
}

/**
 * A message of an app to members, departments and tags.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export const APP_MESSAGE: CallKind = {
  name: "app_message",
  api: CODES.api,
  most: {
    user: MAX_USERS_PER_CALL,
    department: MAX_DEPARTMENTS_PER_CALL,
    tag: MAX_TAGS_PER_CALL,
    // `@all` is a call of its own, because an audience of everybody has no other recipients.
    all: 1,
    chat: 0,
    robot: 0,
    inAll: Infinity,
  },
  looksUp: true,
  types: SENT_TYPES,
  hasDuplicateCheck: true,
  canRecall: true,
  canChangeCards: true,
  targetRate: { perMinute: MEMBER_MESSAGES_PER_MINUTE, perHour: MEMBER_MESSAGES_PER_HOUR },
  bodyOf: callBody,
  usersIn: namedUsers,
  isOf: (body, agentId) => agentIn(body) === agentId,
  keysIn: namedKeys,
  meaningOf: (errcode, mayHaveArrived) => meaningOfCode(errcode, mayHaveArrived, CODES),
  resultsOf: (answer, isSuppressed) => recipientResults(answer.errcode, readSendAnswer(answer), isSuppressed),
}
