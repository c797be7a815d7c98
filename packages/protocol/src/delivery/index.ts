// The rules for WeCom's answers, written once for SDK and gateway.
export { readAnswer, readErrmsg, readSendAnswer } from "./answer.ts"
export type { Answer } from "./answer.ts"
export { UNREADABLE_SECRET } from "./unreadable-secret.ts"
export { beijingDay, nextBeijingDayAt } from "./beijing-day.ts"
export { callKind, chatKind, APP_CHAT, APP_MESSAGE, BOT_TAKEN, GROUP_ROBOT, SMART_ROBOT } from "./kinds/index.ts"
export { CALL_KINDS } from "./kinds/call-kind.ts"
export type { CallKind, CallKindName, TargetRate } from "./kinds/call-kind.ts"
export { ROBOT_ITSELF, targetKey } from "./call-target.ts"
export type { TargetKind } from "./call-target.ts"
export {
  ATTEMPT_RESULTS,
  decideAttempt,
  healthAfterAgentGet,
  healthAfterFailure,
  healthAfterLookup,
  keptErrmsg,
} from "./decide-attempt.ts"
export type {
  AttemptDecision,
  AttemptEnd,
  AttemptFacts,
  AttemptFailure,
  AttemptResult,
  FailureCode,
  HealthSignal,
  OutageCause,
} from "./decide-attempt.ts"
export { DELAY_REASONS, explainDelay, isDelayReason, isTriedAgain } from "./delay-reasons.ts"
export type { DelayReason } from "./delay-reasons.ts"
export { decideUpload, UPLOAD_API } from "./decide-upload.ts"
export type { UploadDecision } from "./decide-upload.ts"
export {
  mayHaveArrived,
  mayRepeat,
  reasonOfFailedLookup,
  resultOfFailure,
  resultOfNotStarted,
  stopsOthers,
} from "./failed-at-once.ts"
export { Halving, halvesOf } from "./halving.ts"
export { explainReason, isReasonWord, REASONS, reasonOfPart } from "./reasons.ts"
export type { GatewayReason, Reason, ReasonWord } from "./reasons.ts"
export { ALL_INVALID, mayNameOneRecipient, pausesApp, TOO_MANY_CALLS } from "./errcode-rules.ts"
export { CallFiller } from "./fill-calls.ts"
export { guardedBody } from "./guarded-body.ts"
export type { DuplicateCheckMode } from "./guarded-body.ts"
export { isLookupPause, isPause, nextPause, NO_PAUSE, pausedUntil, PAUSES_MS } from "./lookup-pause.ts"
export type { LookupPause } from "./lookup-pause.ts"
export {
  isLookupRecord,
  isUsableRecord,
  LOOKUP_LIFETIMES,
  LOOKUP_PACE,
  LOOKUPS_PER_HOUR,
  LOOKUPS_PER_MINUTE,
  readLookup,
  recordOf,
  showsLookupsOpen,
} from "./lookups.ts"
export type { LookupAnswer, LookupRecord, PaceRule } from "./lookups.ts"
export { isMediaReusable } from "./media-lifetime.ts"
export { keysOfNamed, namedKeys, namedTargets, namedUsers } from "./named-targets.ts"
export type { NamedTargets } from "./named-targets.ts"
export { ANSWERED_REASONS, getsNextPart, isLookedUpAnew, recipientResults } from "./recipient-results.ts"
export type { AnsweredState } from "./recipient-results.ts"
export { CARD_CODE_USED, isRecallable, PRESS_TOO_OLD, readRecall } from "./recall.ts"
export { repeatUntil } from "./repeat-window.ts"
export {
  delayMs,
  isPassingRefusal,
  refusalDelayMs,
  spreadDelay,
  UNANSWERED_LOOKUP,
  UNREACHABLE,
  WHILE_CALLER_WAITS,
} from "./retry-schedule.ts"
export { tellsOfAllTries } from "./send-meaning.ts"
export { isSendableUserid } from "./sendable-userid.ts"
export { callOfTaskId, isTaskType, taskIdOfCall } from "./task-id.ts"
export type { TaskType } from "./task-id.ts"
export {
  isMessageState,
  MESSAGE_STATE_TEXTS,
  MESSAGE_STATES,
  messageState,
  parseMessageState,
  RECIPIENT_STATE_TEXTS,
  RECIPIENT_STATES,
} from "./states.ts"
export type { MessageState, RecipientState, StateCounts, StateTexts } from "./states.ts"
export type { WeComAnswer } from "./wecom-answer.ts"
