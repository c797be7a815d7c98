import { readSendAnswer } from "@wecom-push/protocol/delivery"
import type { AttemptEnd } from "@wecom-push/protocol/delivery"
import type { CardUpdateReply } from "../../model/ports/dispatcher.ts"

/** The result of a request to change cards. */
export function cardUpdateReply(end: AttemptEnd): CardUpdateReply {
  if (end.kind === "failure") {
    const { code, errcode, errmsg } = end.failure
    if (code === "in_doubt") return { kind: "unknown" }
    return errcode === undefined ? { kind: "unreachable" } : { kind: "refused", errcode, errmsg }
  }
  const { errcode, errmsg } = end.answer
  if (errcode !== 0) return { kind: "refused", errcode, errmsg }
  return { kind: "updated", invalidUsers: readSendAnswer(end.answer).invalidUsers }
}
