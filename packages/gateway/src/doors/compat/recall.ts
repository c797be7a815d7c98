import type { RecallOutcome } from "../../model/ports/dispatcher.ts"
import type { CompatAnswer } from "./answer.ts"
import { requireScope } from "./callers.ts"
import type { Caller } from "./callers.ts"
import type { CompatRequest } from "./compat-request.ts"
import type { CompatDeps } from "./deps.ts"
import { ownErrmsg, relayedErrmsg } from "./errmsg.ts"
import { Refusal } from "./refusal.ts"

/**
 * Recalls a message from the phones, by the gateway's own id, which `message/send` returned.
 * @throws {Refusal} 40058 if it is no message of the key's apps, 42052
 * @see https://developer.work.weixin.qq.com/document/path/94867
 */
export async function recall(deps: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const { stores, dispatcher, audit, now } = deps
  const apps = caller.apps.map(({ name }) => name)
  const message = await stores.reader.message(request.text("msgid"), { apps, now: now() })
  if (message === undefined) throw new Refusal(40058, "msgid is of no message of this gateway's")
  if (message.state === "recalled") return { errcode: 0 }

  const outcome = await dispatcher.recall(message.id)
  if (outcome.kind === "recall_expired") throw new Refusal(42052)
  if (outcome.kind === "not_supported") throw new Refusal(48002)
  if (outcome.kind === "nothing_to_recall") throw new Refusal(40058, "nothing of this message has gone out")
  if (outcome.kind === "shared_call") {
    throw new Refusal(40058, "the message shared a call with others (share_calls), and WeCom recalls whole calls")
  }
  if (outcome.kind === "recalling") throw new Refusal(-1, "the message is being recalled; ask again in a moment")
  const { cancelled, calls } = outcome
  await audit.write({
    key: caller.key,
    peer: request.peer,
    action: "message.recalled",
    target: message.id,
    apps: [message.app],
    detail: { cancelled, calls: calls.length },
  })
  return answerOf(outcome)
}

/** The worst result of its calls: a message is not recalled while a copy stays on a phone. */
function answerOf({ calls }: Extract<RecallOutcome, { kind: "recalled" }>): CompatAnswer {
  const refused = calls.find(({ result, errcode }) => result === "refused" && errcode !== undefined)
  if (refused?.errcode !== undefined) {
    const { errcode, errmsg } = refused
    return { errcode, errmsg: errmsg === undefined ? ownErrmsg(errcode, undefined) : relayedErrmsg(errcode, errmsg) }
  }
  const results = new Set(calls.map(({ result }) => result))
  if (results.has("expired")) throw new Refusal(42052)
  if (results.has("unknown"))
    throw new Refusal(40058, "WeCom's answer to this message was lost, and with it the handle")
  if (results.has("in_flight")) throw new Refusal(-1, "the message is on its way this moment; recall it again")
  if (results.has("unreachable") || results.has("refused")) {
    throw new Refusal(-1, "WeCom could not be reached; recall it again")
  }
  return { errcode: 0 }
}
