import type { TypeRules } from "../../check-payload.ts"
import type { BodyTarget, CallContent } from "../call-body.ts"
import type { MostPerCall } from "../fill-calls.ts"
import type { RecipientResults } from "../recipient-results.ts"
import type { SendMeaning } from "../send-meaning.ts"
import type { WeComAnswer } from "../wecom-answer.ts"

export const CALL_KINDS = ["app_message", "app_chat", "group_robot", "smart_robot"] as const
export type CallKindName = (typeof CALL_KINDS)[number]

/**
 * The rules for one call kind: everything in which `message/send`, `appchat/send`, `webhook/send` and a smart robot's
 * `aibot_send_msg` differ for the code that delivers by them. Pure data and pure functions.
 */
export interface CallKind {
  /** Stored with each call. */
  readonly name: string
  /** The call of WeCom's API, below `/cgi-bin/`, such as `message/send`; for a smart robot its `cmd`. */
  readonly api: string
  readonly most: MostPerCall
  /** Whether mobiles and emails can be looked up for it. */
  readonly looksUp: boolean
  /** The fields and limits of each `msgtype` that can be sent. */
  readonly types: Readonly<Record<string, TypeRules>>
  /** An image is part of the message itself, as `base64` and `md5`, and is never uploaded. */
  readonly inlinesImages?: true
  /** WeCom shows only one copy of equal bodies within an interval, so a call whose answer was lost may be repeated. */
  readonly hasDuplicateCheck: boolean
  /** An answer has a `msgid`, by which the call can be recalled for 24 hours. */
  readonly canRecall: boolean
  /** Whether cards can be changed after they were sent. */
  readonly canChangeCards: boolean
  /** For how many seconds after a press a card can be changed, when only presses allow it. */
  readonly pressSeconds?: number
  /** How many messages a target may get. */
  readonly targetRate: TargetRate
  /**
   * The bytes of a call, made once: a repeat sends them unchanged.
   * @param checkSeconds null: without the duplicate check, as always when the kind has none
   */
  bodyOf(targets: readonly BodyTarget[], content: CallContent, checkSeconds: number | null): string
  /** The userids that a frozen body names, in their order. */
  usersIn(body: string): string[]
  /** Whether a frozen body names this agent as its sender. Always true when bodies name none. */
  isOf(body: string, agentId: number): boolean
  /** The keys (`targetKey`) of all targets that a frozen body names. */
  keysIn(body: string): string[]
  /** @param mayHaveArrived the answer to an earlier try of the same bytes was lost */
  meaningOf(errcode: number, mayHaveArrived: boolean): SendMeaning
  /**
   * The result of each recipient, from an answer that means `accepted`. @param isSuppressed the caller's own duplicate
   * check hid it
   */
  resultsOf(answer: WeComAnswer, isSuppressed: boolean): RecipientResults
}

/**
 * How many messages one target may get in a sliding window. WeCom drops further messages without a sign, or refuses
 * them with 45009.
 */
export interface TargetRate {
  readonly perMinute: number
  /** Undefined when WeCom names no limit. */
  readonly perHour: number | undefined
  /** WeCom answers 45009 to further calls, which closes the channel for a minute and never for longer. */
  readonly closesForAMinute?: true
}
