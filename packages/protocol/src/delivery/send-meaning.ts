import { lookUpErrcode } from "../errcodes.ts"
import { classOf, isUnknownCode, MEDIA_GONE, TASK_ID_KNOWN, TOO_MANY_AT_ONCE } from "./errcode-rules.ts"

/** The meaning of WeCom's answer to a call that sends. */
export type SendMeaning =
  /** The answer has a result for each recipient. */
  | "accepted"
  /** A setting of the app is wrong: none of its messages is sent until it is corrected. */
  | "app_paused"
  /** A limit was exceeded: send nothing for now. */
  | "throttled"
  /** Too many calls at once. */
  | "crowded"
  | "busy"
  /** The id of a file is no longer valid: the file is uploaded again, and the call made again with another id. */
  | "media_gone"
  /** An earlier try may have arrived, and this answer does not say whether it did. */
  | "in_doubt"
  /** One recipient may be the whole cause. */
  | "one_recipient"
  /** There is no conversation with the only recipient. */
  | "not_opened"
  /** An unknown code. */
  | "unknown"
  | "refused"

/** The meaning of WeCom's codes in the answers of one kind of call; other codes have the meaning of their class. */
export interface CodeRules {
  /** Such as `message/send`. */
  readonly api: string
  /** The answer has a result for each recipient. */
  readonly accepted: ReadonlySet<number>
  /** A setting of the sender is wrong. */
  readonly pausing: (errcode: number) => boolean
  /** One recipient may be the whole cause. */
  readonly ofOneRecipient: (errcode: number) => boolean
  /** There is no conversation with the only recipient. Absent when none is needed. */
  readonly notOpened?: ReadonlySet<number>
}

/**
 * @param mayHaveArrived the answer to an earlier try of the same bytes was lost
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export function meaningOfCode(errcode: number, mayHaveArrived: boolean, rules: CodeRules): SendMeaning {
  if (rules.accepted.has(errcode)) return "accepted"
  if (rules.pausing(errcode)) return "app_paused"
  if (errcode === TOO_MANY_AT_ONCE) return "crowded"
  const errorClass = classOf(errcode, rules.api)
  if (errorClass === "throttled") return "throttled"
  if (errorClass === "transient") return "busy"
  if (isUnknownCode(errcode)) return "unknown"
  if (mayHaveArrived && !tellsOfAllTries(errcode)) return "in_doubt"
  if (MEDIA_GONE.has(errcode)) return "media_gone"
  if (rules.notOpened?.has(errcode)) return "not_opened"
  return rules.ofOneRecipient(errcode) ? "one_recipient" : "refused"
}

/**
 * After a try whose answer was lost: whether the answer to a repeat also holds for the lost try. An acceptance does,
 * and so does a refusal for a fault of the request itself. 42014 does not: WeCom knows a card's `task_id` because the
 * lost try arrived. 40007 and 40145 do not either: a file's three days may have ended in between.
 */
export function tellsOfAllTries(errcode: number): boolean {
  if (errcode === 0) return true
  if (errcode === TASK_ID_KNOWN || MEDIA_GONE.has(errcode)) return false
  const entry = lookUpErrcode(errcode)
  return entry?.class === "request" || entry?.class === "recipient"
}

/** Why a call stays in doubt. `errcode` is that of the answer to a later try, if there was one. */
export function reasonInDoubt(errcode: number | undefined): "probably_sent" | "answer_lost" {
  // A `task_id` that WeCom already knows on the second try is most likely the one of our first try.
  return errcode === TASK_ID_KNOWN ? "probably_sent" : "answer_lost"
}
