import { CHAT_TYPES } from "../../check-chat-payload.ts"
import { pausesApp } from "../errcode-rules.ts"
import { meaningOfCode } from "../send-meaning.ts"
import type { CodeRules } from "../send-meaning.ts"
import { targetKey } from "../call-target.ts"
import { addressedBody, chatIn, ONE_TARGET, ONLY_ZERO, onlyTarget, SENT_TO_ALL } from "./addressed-body.ts"
import type { CallKind } from "./call-kind.ts"

/** The chat is unknown, belongs to another app, or no longer exists. */
const OF_THE_CHAT: ReadonlySet<number> = new Set([40050, 49008, 86001, 86003, 86008, 86201, 86205, 86206])

const CODES: CodeRules = {
  api: "appchat/send",
  accepted: ONLY_ZERO,
  pausing: pausesApp,
  ofOneRecipient: (errcode) => OF_THE_CHAT.has(errcode),
}

/**
 * A message of an app into a group chat that the app has made. The answer has no `msgid`. WeCom drops without a sign
 * what exceeds 200 a minute for one member and app.
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export const APP_CHAT: CallKind = {
  name: "app_chat",
  api: CODES.api,
  most: { ...ONE_TARGET, chat: 1 },
  looksUp: false,
  types: CHAT_TYPES,
  hasDuplicateCheck: false,
  canRecall: false,
  canChangeCards: false,
  targetRate: { perMinute: 200, perHour: undefined },
  bodyOf: (targets, content) => addressedBody({ chatid: onlyTarget(targets, CODES.api).id }, content),
  usersIn: () => [],
  isOf: () => true,
  keysIn: (body) => chatIn(body).map((id) => targetKey("chat", id)),
  meaningOf: (errcode, mayHaveArrived) => meaningOfCode(errcode, mayHaveArrived, CODES),
  resultsOf: () => SENT_TO_ALL,
}
