import type { TypeRules } from "../../check-payload.ts"
import type { BodyTarget, CallContent } from "../call-body.ts"
import type { MostPerCall } from "../fill-calls.ts"
import type { RecipientResults } from "../recipient-results.ts"
import type { SendMeaning } from "../send-meaning.ts"
import type { WeComAnswer } from "../wecom-answer.ts"

export const CALL_KINDS = ["app_message", "app_chat", "group_robot", "smart_robot"] as const
export type CallKindName = (typeof CALL_KINDS)[number]

/**
 * The rules for one call kind: everything in which `message/send`, `appchat/send`, `webhook/send` and a smart
 * robot's `aibot_send_msg` differ for the one who delivers by them. Pure data and pure functions.
 */
export interface CallKind {
  /** Stored with each call. */
  readonly name: string
  /** The call of WeCom's API, below `/cgi-bin/` as in `message/send`; for a smart robot its `cmd`. */
  readonly api: string
  readonly most: MostPerCall
  /** Mobiles and emails can be looked up for it. */
  readonly looksUp: boolean
  /** By `msgtype`: the fields and limits of what can be sent. */
  readonly types: Readonly<Record<string, TypeRules>>
  /** An image travels in the message itself, as `base64` and `md5`, and is never uploaded. */
  readonly inlinesImages?: true
  /** WeCom shows one copy of equal bodies inside an interval, so that a call whose answer was lost may be repeated. */
  readonly hasDuplicateCheck: boolean
  /** An answer names a `msgid`, by which the call can be taken back for 24 hours. */
  readonly canRecall: boolean
  /** Cards can be changed after they were sent. */
  readonly canChangeCards: boolean
  /** Where cards are changed by presses alone: for how many seconds after each. */
  readonly pressSeconds?: number
  /** How many messages a target gets. */
  readonly targetRate: TargetRate
  /**
   * The bytes of a call, made once: a repeat sends them unchanged.
   * @param checkSeconds null: without the duplicate check, as always where the kind has none
   */
  bodyOf(targets: readonly BodyTarget[], content: CallContent, checkSeconds: number | null): string
  /** The userids that a frozen body names, in their order. */
  usersIn(body: string): string[]
  /** Does a frozen body name this agent as its sender? True where bodies name none. */
  isOf(body: string, agentId: number): boolean
  /** Keys (`targetKey`) of everybody and everything that a frozen body names. */
  keysIn(body: string): string[]
  /** @param mayHaveArrived the answer to an earlier try of the same bytes was lost */
  meaningOf(errcode: number, mayHaveArrived: boolean): SendMeaning
  /** Who got it, by an answer that means `accepted`. @param isSuppressed the caller's own duplicate check kept it back */
  resultsOf(answer: WeComAnswer, isSuppressed: boolean): RecipientResults
}

/** Messages to one target in a sliding window. What is over it WeCom drops without a sign, or refuses with 45009. */
export interface TargetRate {
  readonly perMinute: number
  /** Undefined where WeCom names none. */
  readonly perHour: number | undefined
  /** WeCom answers 45009 to calls above it, which closes the channel for a minute and never for longer. */
  readonly closesForAMinute?: true
}
